import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MEBIBYTE = 1024 * 1024;

/** A small file system of its own, which a test may fill. */
export interface SmallDisk {
  readonly folder: string;
  /** Bytes that can still be written. */
  freeBytes(): Promise<number>;
  /** Writes a file until only `leave` bytes are free; by default until the system says that no space is left. */
  fill(leave?: number): Promise<void>;
  /** Removes what `fill` wrote. */
  empty(): Promise<void>;
  /** Unmounts it and removes the folder. What still has a file open there keeps it until it ends. */
  remove(): Promise<void>;
}

/** Mounts a file system of that many MiB in memory; undefined where this user may not mount. */
export async function openSmallDisk(mebibytes: number): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'continuum-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=755`, 'continuum-test', folder]);
  } catch {
    await rmdir(folder);
    return undefined;
  }
  const ballast = join(folder, '.ballast');
  const freeBytes = async (): Promise<number> => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  };
  return {
    folder,
    freeBytes,
    fill: async (leave = 0) => writeUntilFull(ballast, leave === 0 ? undefined : (await freeBytes()) - leave),
    empty: () => rm(ballast, { force: true }),
    remove: async () => {
      // Lazily: a process that a failed test left behind must not keep the others from running.
      await run('umount', ['--lazy', folder]);
      await rmdir(folder);
    },
  };
}

/** Appends zeros: `bytes` of them, or until no space is left. */
async function writeUntilFull(path: string, bytes = Number.POSITIVE_INFINITY): Promise<void> {
  const file = await open(path, 'a');
  const zeros = Buffer.alloc(MEBIBYTE);
  try {
    for (let left = bytes; left > 0; ) {
      const { bytesWritten } = await file.write(zeros, 0, Math.min(left, zeros.byteLength));
      left -= bytesWritten;
    }
  } catch (error) {
    if (!isNoSpace(error)) throw error;
  } finally {
    await file.close();
  }
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}
