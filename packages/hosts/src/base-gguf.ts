import { randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toGgufModel } from '@continuum/transformer/format/gguf';
import { readBaseModel } from '@continuum/transformer/format/weights';
import type { Base } from './base.ts';

/** The base as `<cache>/base-<hash>.gguf`, written once. Throws CONFIG_INVALID. */
export async function writeBaseGguf(cacheFolder: string, baseFolder: string, base: Base): Promise<string> {
  const path = join(cacheFolder, `base-${base.baseModel}.gguf`);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  const [configJson, safetensors] = await Promise.all([
    readFile(join(baseFolder, 'config.json'), 'utf8'),
    readFile(join(baseFolder, 'model.safetensors')),
  ]);
  await mkdir(cacheFolder, { recursive: true });
  const half = `${path}.${randomUUID()}`;
  await writeFile(half, toGgufModel(readBaseModel({ configJson, safetensors }), base.tokenizerJson));
  await rename(half, path);
  return path;
}
