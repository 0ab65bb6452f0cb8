import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { type BundleContents, bundleParts, MAX_BUNDLE_BYTES, readBundle } from './bundle.ts';
import { isMissing, readHashed, syncFolder } from './files.ts';

/** Writes a bundle so that the file appears whole or not at all. */
export async function writeBundleFile(file: string, files: Parameters<typeof bundleParts>[0]): Promise<void> {
  const target = resolve(file);
  const temporary = `${target}.${randomUUID()}`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      for (const part of bundleParts(files)) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(target));
}

/** What a bundle holds. Throws NOT_FOUND, PAYLOAD_TOO_LARGE, LAYER_CORRUPT, INVALID_INPUT. */
export async function readBundleFile(file: string): Promise<BundleContents> {
  const { bytes } = await readHashed(file, MAX_BUNDLE_BYTES).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    throw new ContinuumError('NOT_FOUND', `There is no bundle ${file}.`, { next: 'Give the path of a bundle.' });
  });
  return readBundle(bytes);
}
