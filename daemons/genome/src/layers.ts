import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LayerManifest } from '@continuum/contract/layer';
import type { Logger } from 'pino';

/**
 * Manifests of all layers in a genome folder (`<folder>/<layer>/manifest.json`), by id. A manifest that cannot be read
 * is named in the log and left out: one damaged layer must not hide the others.
 */
export async function readLayers(folder: string, log: Logger): Promise<LayerManifest[]> {
  const names = await foldersIn(folder);
  const layers = await Promise.all(names.map((name) => readManifest(join(folder, name, 'manifest.json'), log)));
  return layers.filter((layer) => layer !== undefined).sort((one, other) => (one.id < other.id ? -1 : 1));
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function readManifest(file: string, log: Logger): Promise<LayerManifest | undefined> {
  try {
    return LayerManifest.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    // A folder without a manifest is a layer still being written.
    if (!isMissing(error)) log.warn({ err: error, file }, 'layer manifest cannot be read');
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
