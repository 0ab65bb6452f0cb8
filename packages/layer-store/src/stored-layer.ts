import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { LayerId, type LayerManifest } from '@continuum/contract/layer';
import type { LayerContents } from './contents.ts';
import { type HashedFile, isMissing, readHashed } from './files.ts';
import { assertFile, CONFIG, corrupt, MANIFEST, MAX_TEXT_BYTES, readManifest, WEIGHTS } from './manifest.ts';

/** The folder of a layer within a store's. */
export function layerFolder(store: string, id: LayerId): string {
  return join(store, LayerId.parse(id));
}

/** The manifest as it lies in the store. Throws NOT_FOUND, LAYER_CORRUPT, LAYER_UNTRUSTED. */
export async function readStoredManifest(store: string, id: LayerId, publicKey: string): Promise<LayerManifest> {
  const { bytes } = await read(store, id, MANIFEST, MAX_TEXT_BYTES);
  const manifest = readManifest(bytes, [publicKey]);
  if (manifest.id !== id) throw corrupt(`its folder is named ${id}, its manifest ${manifest.id}`);
  return manifest;
}

/** Both files of a layer, every byte hashed against the manifest. Throws LAYER_CORRUPT. */
export async function readStoredContents(store: string, manifest: LayerManifest): Promise<LayerContents> {
  const weights = await read(store, manifest.id, WEIGHTS, manifest.bytes);
  assertFile(manifest, WEIGHTS, weights.sha256);
  const config = await read(store, manifest.id, CONFIG, MAX_TEXT_BYTES);
  assertFile(manifest, CONFIG, config.sha256);
  return { config, weights };
}

async function read(store: string, id: LayerId, name: string, limit: number): Promise<HashedFile> {
  const folder = layerFolder(store, id);
  try {
    return await readHashed(join(folder, name), limit);
  } catch (error) {
    if (isMissing(error)) throw await missing(folder, id, name);
    if (error instanceof ContinuumError) throw corrupt(`${name} is not the file that was stored`, error);
    throw error;
  }
}

async function missing(folder: string, id: LayerId, name: string): Promise<ContinuumError> {
  const names = await readdir(folder).catch(() => undefined);
  if (names !== undefined) return corrupt(`${name} is missing`);
  return new ContinuumError('NOT_FOUND', `There is no layer ${id}.`, { next: 'Ask for the list of layers.' });
}
