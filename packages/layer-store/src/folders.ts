import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, syncFolder, writeDurably } from './files.ts';

const TEMPORARY = /^\.tmp-(\d+)-[\w-]+$/;
/** A process id may have been given to another program meanwhile; nothing is written for as long as this, in ms. */
const LONGEST_WRITE_MS = 60 * 60_000;
/** Temporary folders that this process is working on. */
const working = new Set<string>();

/**
 * Makes a folder with these files appear at once and for good: written beside it, fsynced, renamed. False when there is
 * one already, which then stays as it is.
 */
export async function createFolder(
  parent: string,
  name: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<boolean> {
  return inTemporary(parent, async (temporary) => {
    await mkdir(temporary);
    for (const [file, bytes] of Object.entries(files)) await writeDurably(join(temporary, file), bytes);
    await syncFolder(temporary);
    try {
      await rename(temporary, join(parent, name));
    } catch (error) {
      if (isOccupied(error)) return false;
      throw error;
    }
    await syncFolder(parent);
    return true;
  });
}

/** Makes a folder disappear at once. No error when it is gone. */
export async function removeFolder(parent: string, name: string): Promise<void> {
  await inTemporary(parent, async (temporary) => {
    try {
      await rename(join(parent, name), temporary);
    } catch (error) {
      if (isMissing(error)) return;
      throw error;
    }
    await syncFolder(parent);
  });
}

async function inTemporary<T>(parent: string, work: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = join(parent, `.tmp-${process.pid}-${randomUUID()}`);
  working.add(temporary);
  try {
    return await work(temporary);
  } finally {
    await rm(temporary, { recursive: true, force: true });
    working.delete(temporary);
  }
}

function isOccupied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(String(error.code));
}

/** Removes what a killed process left half written. */
export async function clearLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, pid] = TEMPORARY.exec(name) ?? [];
    const path = join(parent, name);
    if (pid !== undefined && !(await isInUse(path, Number(pid)))) await rm(path, { recursive: true, force: true });
  }
}

async function isInUse(path: string, pid: number): Promise<boolean> {
  if (pid === process.pid) return working.has(path);
  if (!isAlive(pid)) return false;
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs < LONGEST_WRITE_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
