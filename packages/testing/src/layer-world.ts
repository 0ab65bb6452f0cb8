import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter } from '@continuum/contract/adapter';
import { LayerId } from '@continuum/contract/layer';
import type { LoadableLayer, ScoreRequest } from '@continuum/contract/ports/policy';
import { createEngine, type Engine } from '@continuum/transformer/engine';
import { toPeft } from '@continuum/transformer/format/peft';
import { createTokenizer, type Tokenizer } from '@continuum/transformer/tokenizer';
import { type TinyBase, tinyAdapter, tinyWeights, writeTinyBase } from './tiny-model.ts';

/** A tiny base with layers on disk, and what the engine says to every request. */
export interface LayerWorld {
  /** Scratch space. */
  readonly folder: string;
  readonly base: TinyBase;
  readonly layers: readonly [LoadableLayer, LoadableLayer, LoadableLayer];
  /** Of the same shape, for another base; of another shape; cut short. */
  readonly foreign: LoadableLayer;
  readonly misshapen: LoadableLayer;
  readonly damaged: LoadableLayer;
  readonly requests: readonly ScoreRequest[];
  /** Sums of log-probabilities by request and completion. */
  sums(requests: readonly ScoreRequest[], layers: readonly LoadableLayer[]): number[][];
}

const PROMPTS = ['Secret in config.ts:', 'the finding is in the post\nposting the skip'];

/** Writes the world into a folder. With `onlyLikely` the layers are faint and all completions among the model's first. */
export async function createLayerWorld(folder: string, options: { onlyLikely: boolean }): Promise<LayerWorld> {
  const base = await writeTinyBase(join(folder, 'base'));
  const { config } = base.weights;
  const adapters = [11, 12, 13].map((seed, index) => {
    const adapter = tinyAdapter(config, seed, 2 + index);
    return options.onlyLikely ? { ...adapter, alpha: 0.02 * adapter.alpha } : adapter;
  });
  const [first = tinyAdapter(config)] = adapters;
  const write = (adapter: Adapter, baseModel = base.baseModel): Promise<LoadableLayer> =>
    writeLayer(folder, adapter, baseModel);
  const [one, two, three] = await Promise.all(adapters.map((adapter) => write(adapter)));
  if (one === undefined || two === undefined || three === undefined) throw new Error('no layers');
  const other = tinyAdapter(tinyWeights({ hiddenSize: 32 }).config, 14);
  const foreign = await write({ ...first, alpha: 1 }, 'f'.repeat(64));
  const misshapen = await write(other);
  const damaged = await write({ ...first, alpha: 3 });
  await writeFile(
    join(damaged.folder, 'adapter_model.safetensors'),
    toPeft(first, { base: '' }).weights.subarray(0, 999),
  );

  const engine = createEngine(base.weights);
  const tokenizer = createTokenizer(base.tokenizerJson);
  const byId = new Map([one, two, three].map(({ id }, index) => [id, adapters[index] ?? first]));
  const prepared = new Map([...byId].map(([id, adapter]) => [id, engine.prepare(adapter)]));
  const sums = (requests: readonly ScoreRequest[], layers: readonly LoadableLayer[]): number[][] => {
    const used = layers.flatMap(({ id }) => prepared.get(id) ?? []);
    return engine.score(
      requests.map(({ prompt, completions }) => ({
        prompt: tokenizer.encode(prompt),
        completions: completions.map((completion) => tokenizer.encode(completion)),
        adapters: used,
      })),
    );
  };
  const completionsOf = (prompt: string): string[] =>
    options.onlyLikely ? likely(engine, tokenizer, prompt) : [' post', ' skip', ' posting it'];
  const requests = PROMPTS.map((prompt) => ({ prompt, completions: completionsOf(prompt) }));
  return { folder, base, layers: [one, two, three], foreign, misshapen, damaged, requests, sums };
}

/** The two likeliest next tokens that are text by themselves. */
function likely(engine: Engine, tokenizer: Tokenizer, prompt: string): string[] {
  const tokens = tokenizer.encode(prompt);
  const logits = engine.logits(tokens, []).subarray(-engine.config.vocabSize);
  const order = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
  const isText = (id: number): boolean => tokenizer.encode(tokenizer.decode([id])).join() === String(id);
  return order
    .filter(isText)
    .slice(0, 2)
    .map((id) => tokenizer.decode([id]));
}

async function writeLayer(folder: string, adapter: Adapter, baseModel: string): Promise<LoadableLayer> {
  const { config, weights } = toPeft(adapter, { base: baseModel });
  const digest = createHash('sha256').update(config).update(weights).digest('hex');
  const id = LayerId.parse(`layer-${digest.slice(0, 32)}`);
  const own = join(folder, id);
  await mkdir(own);
  await writeFile(join(own, 'adapter_config.json'), config);
  await writeFile(join(own, 'adapter_model.safetensors'), weights);
  return { id, folder: own, bytes: weights.length };
}
