import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelConfig } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import { ScopeId } from '@continuum/contract/ids';
import type { NewLayer } from '@continuum/contract/ports/layer-store';
import { tinyAdapter, tinyWeights } from '@continuum/testing/tiny-model';
import { toPeft } from '@continuum/transformer/format/peft';

export const BASE = 'a'.repeat(64);
export const smallModel: ModelConfig = tinyWeights({
  hiddenSize: 4,
  heads: 2,
  kvHeads: 1,
  intermediateSize: 4,
  layers: 1,
}).config;

export const about: NewLayer = {
  scope: ScopeId.parse('/security/'),
  baseModel: BASE,
  parents: [],
  dataHash: 'd'.repeat(64),
  examples: 12,
  trainer: 'embedded',
  seed: 7,
  metrics: { loss: 0.25, seconds: 3 },
  at: '2026-01-01T00:00:00.000Z',
};

/** Writes a PEFT folder of a seeded adapter and returns its path. */
export async function peftFolder(root: string, seed: number, model = smallModel, rank = 1): Promise<string> {
  const folder = join(root, `peft-${seed}-${rank}-${model.hiddenSize}`);
  const { config, weights } = toPeft(tinyAdapter(model, seed, rank, ['q_proj']), { base: 'tiny' });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'adapter_config.json'), config);
  await writeFile(join(folder, 'adapter_model.safetensors'), weights);
  return folder;
}

/** The code of a refusal; undefined when it went through. Fails for anything but a ContinuumError that says what to do. */
export async function refusal(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof ContinuumError && error.next) return error.code;
    throw error;
  }
}
