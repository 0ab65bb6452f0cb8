import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { createFileHold } from './file-hold.ts';
import type { Hold } from './hold.ts';
import { createKernelHold } from './kernel-hold.ts';

const WAIT_MS = 50;
/** A killed process may take a moment to go; a living one keeps its lock longer than this. */
const ATTEMPTS = 10;

/**
 * Locks a folder for one purpose, for example `store`, and returns the release, which may be called again. What a dead
 * process held is free. Throws STORE_LOCKED with the holder's process id.
 */
export async function lockFolder(folder: string, purpose: string): Promise<() => Promise<void>> {
  const file = join(folder, `${purpose}.lock`);
  const hold = process.platform === 'linux' ? await createKernelHold(folder, purpose) : createFileHold(file);
  await takePatiently(hold, file, purpose);
  // Only for people and for the message of the next one: on Linux the file itself holds nothing.
  try {
    await writeFile(file, `${process.pid}\n`);
  } catch (thrown) {
    await hold.release();
    throw thrown;
  }
  let held = true;
  return async () => {
    if (!held) return;
    held = false;
    await rm(file, { force: true });
    await hold.release();
  };
}

async function takePatiently(hold: Hold, file: string, purpose: string): Promise<void> {
  for (let attempt = 1; !(await hold.take()); attempt++) {
    if (attempt === ATTEMPTS) throw await locked(file, purpose);
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

async function locked(file: string, purpose: string): Promise<ContinuumError> {
  const pid = (await readFile(file, 'utf8').catch(() => '')).trim();
  const holder = pid === '' ? 'the other process' : `process ${pid}`;
  return new ContinuumError('STORE_LOCKED', `The ${purpose} is open elsewhere: ${holder} holds ${file}`, {
    next: `Stop ${holder}, or use another folder (CONTINUUM_HOME).`,
  });
}
