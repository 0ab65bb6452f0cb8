import { access, constants, statfs } from 'node:fs/promises';
import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { Readiness } from '@continuum/contract/http';
import { within } from '@continuum/host/within';

/** Longer than this is no answer, in ms. */
const LIMIT_MS = 2_000;

/** What has to work, by name; throws or takes too long when it does not. */
export type Checks = Readonly<Record<string, () => Promise<unknown>>>;

/** Where a process is in its life. */
export type Phase = 'starting' | 'up' | 'stopping';

/** Asks every check at once. Ready is who is up and can do all of its work. */
export async function readiness(phase: Phase, checks: Checks): Promise<Readiness> {
  const names = Object.keys(checks);
  const states = await Promise.all(names.map((name) => stateOf(name, checks)));
  const answers = Object.fromEntries(names.map((name, index) => [name, states[index] ?? '']));
  const ready = phase === 'up' && states.every((state) => state === 'ok');
  return { ready, checks: { process: phase === 'up' ? 'ok' : phase, ...answers } };
}

/** `ok`, or what went wrong. */
function stateOf(name: string, checks: Checks): Promise<string> {
  const check = async () => checks[name]?.();
  return within(LIMIT_MS, check(), `an answer of ${name}`).then(
    () => 'ok',
    (error: unknown) => toContinuumError(error).message,
  );
}

/** Whether files can be written in a folder. Throws what the file system says. */
export function writable(folder: string): () => Promise<void> {
  return () => access(folder, constants.W_OK);
}

/** With less than this nothing can be appended, whatever the reserve. */
const LEAST_BYTES = 64 * 1024;

/** The same, with more left on its disk than a reserve. */
export function roomy(folder: string, reserveBytes: number): () => Promise<void> {
  const check = writable(folder);
  return async () => {
    await check();
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize >= Math.max(reserveBytes, LEAST_BYTES)) return;
    throw new ContinuumError('OVERLOADED', `the disk of ${folder} is nearly full`, { retryable: true });
  };
}
