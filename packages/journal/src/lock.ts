import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';

/** Folders open in this process: a process id alone cannot tell those from what an earlier process of that id left. */
const held = new Set<string>();

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => 'unknown')).trim();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function isStale(file: string, boot: string): Promise<boolean> {
  const [pid, lockedAtBoot] = (await readFile(file, 'latin1').catch(() => '')).trim().split(' ');
  return lockedAtBoot !== boot || Number(pid) === process.pid || !isAlive(Number(pid));
}

/**
 * Takes a folder for this process and returns its release. A lock left by a process that is gone is taken over.
 * Throws STORE_LOCKED.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(resolve(folder), 'lock');
  const boot = await bootId();
  if (held.has(file)) throw locked(file);
  held.add(file);
  try {
    await writeFile(file, `${process.pid} ${boot}\n`, { flag: 'wx' }).catch(async (error) => {
      if (!(await isStale(file, boot))) throw locked(file, error);
      await writeFile(file, `${process.pid} ${boot}\n`);
    });
  } catch (error) {
    held.delete(file);
    throw error;
  }
  return async () => {
    await rm(file, { force: true });
    held.delete(file);
  };
}

function locked(file: string, cause?: unknown): ContinuumError {
  return new ContinuumError('STORE_LOCKED', `Another process has this journal open (${file}).`, {
    next: 'Stop that process; remove the file only when no process is running.',
    cause,
  });
}
