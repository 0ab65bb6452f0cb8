import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

const CHUNK_BYTES = 2 ** 20;

/** Size in bytes and SHA-256 in hex. */
export interface Fingerprint {
  readonly bytes: number;
  readonly sha256: string;
}

/** Is this the error of a file or folder that is not there? */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

async function readThrough(file: string, onChunk: (chunk: Buffer) => Promise<void>): Promise<Fingerprint> {
  const handle = await open(file, 'r');
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    for (let bytes = 0; ; ) {
      const { bytesRead } = await handle.read(buffer);
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      await onChunk(chunk);
      bytes += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** Reads a file to its end. */
export function fingerprint(file: string): Promise<Fingerprint> {
  return readThrough(file, async () => {});
}

/** Makes creations, renames and removals in a folder durable (fsync of the folder; see fsync(2)). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Copies a file into a new one, durable and readable by its owner only, and says what was copied. */
export async function copyDurably(from: string, to: string): Promise<Fingerprint> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const target = await open(to, 'wx', 0o600);
  try {
    const copied = await readThrough(from, async (chunk) => {
      await target.writeFile(chunk);
    });
    await target.sync();
    return copied;
  } finally {
    await target.close();
  }
}

/** Writes a new file that appears whole or not at all. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(file));
}

/** All plain files below a folder as relative paths with forward slashes, sorted; none when there is no such folder. */
export async function listFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/')).toSorted();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** fsync of every folder below, and of the folder itself. */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  for (const each of [...below, folder]) await syncFolder(each);
}
