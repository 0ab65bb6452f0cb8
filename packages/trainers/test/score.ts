import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingItem } from '@continuum/contract/training-job';
import type { TinyBase } from '@continuum/testing/tiny-model';
import { createEngine } from '@continuum/transformer/engine';
import { fromPeft } from '@continuum/transformer/format/peft';
import { createTokenizer } from '@continuum/transformer/tokenizer';

/** Log-probability of each item's chosen answer by our engine, with the adapter of a PEFT folder or without one. */
export async function scoreChosen(base: TinyBase, items: readonly TrainingItem[], folder?: string): Promise<number[]> {
  const engine = createEngine(base.weights);
  const { encode } = createTokenizer(base.tokenizerJson);
  const adapters = folder === undefined ? [] : [engine.prepare(fromPeft(await read(folder)))];
  const requests = items.map(({ prompt, chosen = '' }) => ({
    prompt: encode(prompt),
    completions: [encode(chosen)],
    adapters,
  }));
  const scores = engine.score(requests).flat();
  engine.release();
  return scores;
}

async function read(folder: string) {
  const config = await readFile(join(folder, 'adapter_config.json'), 'utf8');
  return { config, weights: await readFile(join(folder, 'adapter_model.safetensors')) };
}
