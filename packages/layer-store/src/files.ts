import { createHash } from 'node:crypto';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { ContinuumError } from '@continuum/contract/errors';

/** Largest file that is taken in or read, in bytes: a rank of 64 on all linear layers of 8 billion parameters is 640 MB. */
export const MAX_WEIGHTS_BYTES = 2 ** 30;
const CHUNK_BYTES = 2 ** 22;

/** A file's bytes and their SHA-256 in hex, taken in one pass. */
export interface HashedFile {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** Is this the error of a file or folder that is not there? */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/**
 * Reads a file once and hashes it on the way: the next piece is read while this one is hashed. Links are not followed.
 * Throws PAYLOAD_TOO_LARGE beyond `limit` bytes, INVALID_INPUT for what is no plain file, and what the system throws.
 */
export async function readHashed(path: string, limit: number = MAX_WEIGHTS_BYTES): Promise<HashedFile> {
  const handle = await openPlain(path);
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw notPlain(path);
    if (status.size > limit) {
      throw new ContinuumError('PAYLOAD_TOO_LARGE', `${path} has ${status.size} bytes, the limit is ${limit}.`, {
        next: 'Train a layer of a smaller rank.',
      });
    }
    return await readAll(handle, status.size);
  } finally {
    await handle.close();
  }
}

/** Opens without following a link and without waiting for the other end of a pipe. */
async function openPlain(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP') throw notPlain(path);
    throw error;
  }
}

function notPlain(path: string): ContinuumError {
  return new ContinuumError('INVALID_INPUT', `${path} is no plain file.`, {
    next: 'Put the file itself there, no link.',
  });
}

async function readAll(handle: FileHandle, size: number): Promise<HashedFile> {
  const bytes = new Uint8Array(size);
  const hash = createHash('sha256');
  const read = (from: number) => handle.read(bytes, from, Math.min(CHUNK_BYTES, size - from), from);
  let at = 0;
  for (let reading = read(0); ; ) {
    const { bytesRead } = await reading;
    // A file that shrank meanwhile ends early; its hash then tells.
    if (bytesRead === 0) break;
    const end = at + bytesRead;
    reading = read(end);
    hash.update(bytes.subarray(at, end));
    at = end;
  }
  return { bytes: bytes.subarray(0, at), sha256: hash.digest('hex') };
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

/** Writes a new file and makes its content durable. */
export async function writeDurably(path: string, bytes: Uint8Array | string): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
