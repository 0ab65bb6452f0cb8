import type { Adapter, ModelConfig, ModelWeights } from '@continuum/contract/adapter';
import { forward, project } from './forward.ts';
import { type GenerateOptions, generateTokens } from './generate.ts';
import { AdapterPool, adapterFloats, adapterModules, type Lora, packAdapter } from './lora.ts';
import { type KernelChoice, loadModel, type Model } from './model.ts';
import { checkTokens, type PlannedRequest, planCompletions, planRun, rowsOf } from './plan.ts';

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

const BATCH_ROWS = 512;

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
      return batches(planned, options.batchRows ?? BATCH_ROWS).flatMap((batch) =>
        scratch(() => scoreBatch(model, batch)),
      );
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

/** Neighbouring requests together, up to a number of rows; a longer one goes alone. */
export function batches<Request extends Pick<PlannedRequest, 'prompt' | 'completions'>>(
  requests: readonly Request[],
  limit: number,
): Request[][] {
  const made: Request[][] = [];
  let rows = limit + 1;
  for (const request of requests) {
    const more = rowsOf(request);
    if (rows + more > limit) {
      made.push([]);
      rows = 0;
    }
    made.at(-1)?.push(request);
    rows += more;
  }
  return made;
}

function scoreBatch(model: Model, requests: readonly PlannedRequest[]): number[][] {
  const { plan, targets } = planCompletions(requests);
  const { hidden } = forward(model, plan);
  const logProbability = softmaxOutputs(model, project(model, hidden, plan.outputs.count), plan.outputs.count);
  return targets.map((completions) =>
    completions.map((tokens) => tokens.reduce((sum, { row, token }) => sum + logProbability(row, token), 0)),
  );
}

/**
 * Turns logits into probabilities in place, and answers with the log-probability of a token in a row, from the logits
 * that were asked for before: call it with tokens of interest only after this returned.
 */
export function softmaxOutputs(model: Model, logits: number, rows: number): (row: number, token: number) => number {
  const { arena, kernels, logitWidth } = model;
  const before = arena.view(logits, rows * logitWidth).slice();
  const about = arena.floats(2 * rows);
  for (let row = 0; row < rows; row += 1) {
    kernels.softmaxRow(logits + 4 * row * logitWidth, logitWidth, about + 8 * row);
  }
  const normalizers = arena.view(about, 2 * rows).slice();
  return (row, token) => {
    const [logit = 0, max = 0, sum = 1] = [
      before[row * logitWidth + token],
      normalizers[2 * row],
      normalizers[2 * row + 1],
    ];
    return logit - max - Math.log(sum);
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
