import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toGgufAdapter } from '@continuum/transformer/format/gguf';
import { toPeft } from '@continuum/transformer/format/peft';
import type { Base } from './base.ts';
import type { Composed } from './compositions.ts';

/** Writes an adapter as `<cache>/<name>.gguf` and answers the path. The name says what is in it, so it may be cached by path. */
export async function writeGgufFile(cacheFolder: string, { name, adapter }: Composed, base: Base): Promise<string> {
  await mkdir(cacheFolder, { recursive: true });
  const path = join(cacheFolder, `${name}.gguf`);
  const half = `${path}.${randomUUID()}`;
  await writeFile(half, toGgufAdapter(adapter, base.config));
  await rename(half, path);
  return path;
}

/** The PEFT folder of an adapter: the layer's own, or `<cache>/<name>` written now. */
export async function writePeftFolder(cacheFolder: string, composed: Composed, base: Base): Promise<string> {
  if (composed.folder !== undefined) return composed.folder;
  const { config, weights } = toPeft(composed.adapter, { base: base.baseModel });
  const folder = join(cacheFolder, composed.name);
  const half = `${folder}.${randomUUID()}`;
  await mkdir(half, { recursive: true });
  await writeFile(join(half, 'adapter_config.json'), config);
  await writeFile(join(half, 'adapter_model.safetensors'), weights);
  await rm(folder, { recursive: true, force: true });
  await rename(half, folder);
  return folder;
}
