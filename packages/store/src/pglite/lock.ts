import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';

const Holder = z.object({ pid: z.number().int().positive(), startedAt: z.string() });
type Holder = z.infer<typeof Holder>;

/** When the process started, in ticks since boot: tells a process from a later one with the same pid. Empty where /proc is missing. */
async function processStart(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The command stands in parentheses and may hold anything; field 22 counts from after it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

async function isAlive({ pid, startedAt }: Holder): Promise<boolean> {
  return isRunning(pid) && (await processStart(pid)) === startedAt;
}

function parseHolder(text: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isErrno(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}

/** Puts the whole lock file in place in one step, so that nobody reads half of it. False when there is one. */
async function place(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, text, { flag: 'wx' });
  try {
    await link(draft, path);
    return true;
  } catch (thrown) {
    if (isErrno(thrown, 'EEXIST')) return false;
    throw thrown;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Takes a dead holder's lock away; puts it back when somebody else was quicker and it is a living one's by now. */
async function removeStale(path: string, stale: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (thrown) {
    if (isErrno(thrown, 'ENOENT')) return;
    throw thrown;
  }
  if ((await readFile(aside, 'utf8')) !== stale) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

function locked(folder: string, pid: number): ContinuumError {
  return new ContinuumError('STORE_LOCKED', `The store in ${folder} is open in process ${pid}`, {
    next: `Stop process ${pid}, or use another folder (CONTINUUM_HOME) or a PostgreSQL server (DATABASE_URL).`,
  });
}

/**
 * Locks a folder for this process and returns how to unlock it. PGlite lets two processes open one folder and then
 * loses rows. A lock whose process is dead is taken over. Throws STORE_LOCKED.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'store.lock');
  const mine = JSON.stringify({ pid: process.pid, startedAt: await processStart(process.pid), id: randomUUID() });
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await place(path, mine)) {
      return async () => {
        if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true });
      };
    }
    const text = await readFile(path, 'utf8').catch(() => '');
    const holder = parseHolder(text);
    if (holder !== undefined && (await isAlive(holder))) throw locked(folder, holder.pid);
    await removeStale(path, text);
  }
  throw new ContinuumError('STORE_LOCKED', `Others keep locking the store in ${folder}`, { next: 'Try again.' });
}
