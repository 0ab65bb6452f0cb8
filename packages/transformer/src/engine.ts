import type { Adapter, ModelConfig, ModelWeights } from '@continuum/contract/adapter';
import { forward } from './forward.ts';
import { type GenerateOptions, generateTokens } from './generate.ts';
import { AdapterPool, adapterFloats, adapterModules, type Lora, packAdapter } from './lora.ts';
import { type KernelChoice, loadModel, type Model } from './model.ts';
import { project } from './outputs.ts';
import { checkTokens, planRun } from './plan.ts';
import { scoreRequests } from './score.ts';

/** An adapter in the engine's memory. Unusable after `release`. */
export interface PreparedAdapter {
  readonly rank: number;
  /** What it takes of the engine's memory. */
  readonly bytes: number;
  readonly modules: ReadonlyMap<string, Lora>;
  /** Gives its memory back; a second call does nothing. */
  release(): void;
}

/** One prompt and the answers whose probability is asked, under the sum of its adapters. */
export interface EngineRequest {
  readonly prompt: readonly number[];
  readonly completions: readonly (readonly number[])[];
  readonly adapters: readonly PreparedAdapter[];
}

/** A Llama-architecture model, synchronous and pure. Throws INVALID_INPUT for tokens it cannot take. */
export interface Engine {
  readonly config: ModelConfig;
  /** Which kernels compute: `relaxed-simd`, `simd` or `scalar`. */
  readonly kernel: string;
  /** Packs an adapter once. Throws LAYER_INCOMPATIBLE when it does not fit this base. */
  prepare(adapter: Adapter): PreparedAdapter;
  /** Natural log-probabilities of the completions, summed over their tokens; by request, by completion. */
  score(requests: readonly EngineRequest[]): number[][];
  /** `[tokens, vocabulary]`, row-major. */
  logits(tokens: readonly number[], adapters: readonly PreparedAdapter[]): Float32Array;
  /** Tokens that follow the prompt; greedy unless a temperature is given. */
  generate(prompt: readonly number[], adapters: readonly PreparedAdapter[], options: GenerateOptions): number[];
  /** Mean of the last hidden states, of Euclidean length one: `[hidden]`. */
  embed(tokens: readonly number[], adapters: readonly PreparedAdapter[]): Float32Array;
  /** Lets go of the model's memory. */
  release(): void;
}

export interface EngineOptions {
  /** `scalar` computes in plain TypeScript, to check the others; `plain-simd` does without fused multiply-add. */
  readonly kernel?: KernelChoice;
  /** Rows of one batch at most; more requests are several batches. */
  readonly batchRows?: number;
}

/** An engine over a base model. Throws INVALID_INPUT for a model whose sizes the kernels do not take. */
export function createEngine(weights: ModelWeights, options: EngineOptions = {}): Engine {
  const model = loadModel(weights, options.kernel === undefined ? {} : { kernel: options.kernel });
  const { arena, config } = model;
  const pool = new AdapterPool(arena);
  const maps = (adapters: readonly PreparedAdapter[]) => adapters.map(({ modules }) => modules);
  const scratch = <Result>(work: () => Result): Result => {
    const mark = arena.mark();
    try {
      return work();
    } finally {
      arena.reset(mark);
    }
  };
  return {
    config,
    kernel: model.kernels.kind,
    prepare: (adapter) => prepareAdapter(model, pool, adapter),
    score: (requests) => {
      for (const { prompt, completions } of requests) checkTokens(config, prompt, completions);
      const planned = requests.map((request) => ({ ...request, adapters: maps(request.adapters) }));
      return scoreRequests(model, planned, options.batchRows);
    },
    logits: (tokens, adapters) => {
      checkTokens(config, tokens);
      return scratch(() => {
        const { hidden } = forward(model, planRun(tokens, maps(adapters)));
        return withoutPadding(model, project(model, hidden, tokens.length), tokens.length);
      });
    },
    generate: (prompt, adapters, generation) => {
      checkTokens(config, prompt);
      return scratch(() => generateTokens(model, prompt, maps(adapters), generation));
    },
    embed: (tokens, adapters) => {
      checkTokens(config, tokens);
      return scratch(() => {
        const { hidden } = forward(model, planRun(tokens, maps(adapters)));
        return meanDirection(arena.view(hidden, tokens.length * config.hiddenSize), config.hiddenSize);
      });
    },
    release: () => arena.release(),
  };
}

function prepareAdapter(model: Model, pool: AdapterPool, adapter: Adapter): PreparedAdapter {
  const modules = adapterModules(model.config, adapter);
  const room = pool.take(adapterFloats(modules, adapter.rank));
  let held = true;
  return {
    rank: adapter.rank,
    bytes: 4 * room.floats,
    modules: packAdapter(model, adapter, modules, room.at),
    release: () => {
      if (held) pool.give(room);
      held = false;
    },
  };
}

function withoutPadding(model: Model, logits: number, rows: number): Float32Array {
  const { vocabSize } = model.config;
  const kept = new Float32Array(rows * vocabSize);
  for (let row = 0; row < rows; row += 1) {
    kept.set(model.arena.view(logits + 4 * row * model.logitWidth, vocabSize), row * vocabSize);
  }
  return kept;
}

function meanDirection(rows: Float32Array, width: number): Float32Array {
  const sum = new Float64Array(width);
  rows.forEach((value, i) => {
    sum[i % width] = (sum[i % width] ?? 0) + value;
  });
  const length = Math.hypot(...sum);
  return Float32Array.from(sum, (value) => (length === 0 ? 0 : value / length));
}
