import { randomUUID } from 'node:crypto';
import { constants, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Connection } from '../connection.ts';

const COPY_MARK = '.copy-';
/** Folders whose files are of no use to a copy, by the manual, or are fetched at the end, as the log is. */
const LEFT_OUT =
  /^(?:pg_wal|pg_dynshmem|pg_notify|pg_replslot|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\b|^postmaster\.pid$/;

/** Where a copy of a data folder goes: beside it, on the same disk. */
export function copyPath(data: string): string {
  return `${data}${COPY_MARK}${randomUUID()}`;
}

/** Removes copies beside a data folder that a killed process left. */
export async function removeCopies(data: string): Promise<void> {
  const left = (await readdir(dirname(data))).filter((name) => name.startsWith(`${basename(data)}${COPY_MARK}`));
  for (const name of left) await rm(join(dirname(data), name), { recursive: true, force: true });
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (thrown) {
    // A table was dropped or shortened meanwhile; the log says so, and the copy follows it.
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
  }
}

async function copyFiles(data: string, copy: string): Promise<void> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const pathOf = (entry: (typeof entries)[number]): string => relative(data, join(entry.parentPath, entry.name));
  await mkdir(copy, { recursive: true, mode: 0o700 });
  for (const entry of entries.filter((each) => each.isDirectory()))
    await mkdir(join(copy, pathOf(entry)), { recursive: true });
  for (const path of entries.filter((each) => each.isFile()).map(pathOf)) {
    if (!LEFT_OUT.test(path)) await copyIfThere(join(data, path), join(copy, path));
  }
}

async function copyLog(data: string, copy: string, first: string, last: string): Promise<void> {
  for (const name of await readdir(join(data, 'pg_wal'))) {
    const isNeeded = name.length === first.length && name >= first && name <= last;
    if (isNeeded) await copyFile(join(data, 'pg_wal', name), join(copy, 'pg_wal', name), constants.COPYFILE_FICLONE);
  }
}

async function textOf(connection: Connection, sql: string): Promise<string[]> {
  const [row = []] = await connection.query(sql, []);
  return row.map(String);
}

/**
 * Copies the data folder of a running database while it is written to: the files as they come, then the log from before the
 * first of them to after the last, by which PostgreSQL brings the copy to the one moment when copying ended.
 * https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 * `connection` must not be within a transaction; others wait for a checkpoint and for nothing else.
 */
export async function copyRunning(connection: Connection, data: string, copy: string): Promise<void> {
  const [first = ''] = await textOf(connection, `select pg_walfile_name(pg_backup_start('snapshot', true))`);
  let end: string[] = [];
  try {
    await copyFiles(data, copy);
  } finally {
    end = await textOf(connection, 'select pg_walfile_name(lsn), labelfile from pg_backup_stop(false)');
  }
  const [last = '', label = ''] = end;
  await copyLog(data, copy, first, last);
  await writeFile(join(copy, 'backup_label'), label);
}
