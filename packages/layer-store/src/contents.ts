import { ContinuumError } from '@continuum/contract/errors';
import { LayerManifest } from '@continuum/contract/layer';
import type { NewLayer } from '@continuum/contract/ports/layer-store';
import { fromPeft } from '@continuum/transformer/format/peft';
import { z } from 'zod';
import type { KnownBase } from './base.ts';
import type { HashedFile } from './files.ts';
import { assertFile, CONFIG, corrupt, layerId, WEIGHTS } from './manifest.ts';

/** The two files of an adapter with their hashes. */
export interface LayerContents {
  readonly config: HashedFile;
  readonly weights: HashedFile;
}

/** The manifest of a new layer. Throws LAYER_CORRUPT and LAYER_INCOMPATIBLE for its files, INVALID_INPUT for `about`. */
export function describeLayer(contents: LayerContents, about: NewLayer, base?: KnownBase): LayerManifest {
  assertBase(about.baseModel, base?.baseModel);
  const adapter = fromPeft(toPeftFiles(contents), base?.config);
  const files = { [CONFIG]: contents.config.sha256, [WEIGHTS]: contents.weights.sha256 };
  const { rank, alpha, targets } = adapter;
  const bytes = contents.weights.bytes.byteLength;
  const manifest = LayerManifest.safeParse({
    ...about,
    format: 1,
    id: layerId(files),
    bytes,
    files,
    rank,
    alpha,
    targets,
  });
  if (!manifest.success) {
    throw new ContinuumError('INVALID_INPUT', `The layer cannot be described: ${z.prettifyError(manifest.error)}`, {
      next: 'Give scope, base model, parents, data hash, number of examples, trainer, seed, metrics and time.',
    });
  }
  return manifest.data;
}

/** Checks contents against their manifest and that they are what it says. Throws LAYER_CORRUPT, LAYER_INCOMPATIBLE. */
export function assertContents(manifest: LayerManifest, contents: LayerContents, base?: KnownBase): void {
  assertFile(manifest, CONFIG, contents.config.sha256);
  assertFile(manifest, WEIGHTS, contents.weights.sha256);
  const { rank, alpha, targets } = fromPeft(toPeftFiles(contents), base?.config);
  const isSame = rank === manifest.rank && alpha === manifest.alpha && targets.join() === manifest.targets.join();
  if (!isSame || contents.weights.bytes.byteLength !== manifest.bytes) {
    throw corrupt('its manifest describes another adapter');
  }
}

/** Throws LAYER_INCOMPATIBLE for a layer of another base model than the one wanted, if one is. */
export function assertBase(baseModel: string, wanted: string | undefined): void {
  if (wanted === undefined || baseModel === wanted) return;
  throw new ContinuumError(
    'LAYER_INCOMPATIBLE',
    `The layer belongs to the base model ${baseModel}, not to ${wanted}.`,
    {
      next: 'Train it again on this base model: continuum train --scope <scope>.',
    },
  );
}

/** The contents as the codecs take them. Throws LAYER_CORRUPT for a configuration that is no text. */
export function toPeftFiles({ config, weights }: LayerContents): { config: string; weights: Uint8Array } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(config.bytes);
    return { config: text, weights: weights.bytes };
  } catch (cause) {
    throw corrupt(`${CONFIG} is no UTF-8`, cause);
  }
}
