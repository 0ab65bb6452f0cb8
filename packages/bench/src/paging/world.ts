import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelConfig } from '@continuum/contract/adapter';
import { ScopeId } from '@continuum/contract/ids';
import type { LayerManifest } from '@continuum/contract/layer';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import { toPeft } from '@continuum/transformer/format/peft';
import { randomAdapter } from './random.ts';

/** Puts a random layer of a rank into the store, as a trainer would. */
export async function putRandomLayer(
  store: LayerStore,
  base: { readonly config: ModelConfig; readonly baseModel: string },
  rank: number,
  seed: number,
  scratch: string,
): Promise<LayerManifest> {
  const { config, weights } = toPeft(randomAdapter(base.config, rank, seed), { base: base.baseModel });
  const folder = join(scratch, `layer-${seed}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'adapter_config.json'), config);
  await writeFile(join(folder, 'adapter_model.safetensors'), weights);
  const manifest = await store.put(folder, {
    scope: ScopeId.parse('/'),
    baseModel: base.baseModel,
    parents: [],
    dataHash: '0'.repeat(64),
    examples: 0,
    trainer: 'random',
    seed,
    metrics: {},
    at: new Date(0).toISOString(),
  });
  await rm(folder, { recursive: true });
  return manifest;
}
