import { closeSync, fsyncSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';

/** Where PGlite sees the folder it was given. */
const SEEN_AS = '/pglite/data';

/** The number of this error in Emscripten; PostgreSQL then stops, for nobody knows what is on disk. */
const EIO = 29;

/** fsync of a file or a folder; see fsync(2). */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes all files durable that were written since, in ms since 1970. */
export function syncChanged(data: string, sinceMs: number): void {
  for (const entry of readdirSync(data, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && statSync(path).mtimeMs >= sinceMs) sync(path);
  }
}

/** The write-ahead log as it is now. */
export function syncLog(data: string): void {
  for (const entry of readdirSync(join(data, 'pg_wal'), { withFileTypes: true }))
    if (entry.isFile()) sync(join(data, 'pg_wal', entry.name));
}

/**
 * Opens a database whose checkpoints are durable. PGlite's file system has no fsync, and PostgreSQL is told not to ask for
 * one; here it asks and gets one, in the order in which it relies on it: pages before pg_control, which says that the log
 * before is not needed any more. A commit does not wait: it asks by fdatasync(2), which PGlite leaves without effect. So a
 * power cut may take the newest commits, but not what they stood on.
 */
export async function openDurably(data: string): Promise<PGlite> {
  const startParams = [
    ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
    ...['-c', 'plan_cache_mode=force_custom_plan'],
  ];
  const db = await PGlite.create(data, { startParams });
  const { node } = db.Module.FS.lookupPath(`${SEEN_AS}/PG_VERSION`, {});
  const operations: object = node.stream_ops;
  const fsync = ({ nfd, path }: { readonly nfd: number; readonly path: string }): number => {
    try {
      // The record that pg_control is about to point at.
      if (path.endsWith('/pg_control')) syncLog(data);
      fsyncSync(nfd);
      return 0;
    } catch {
      return EIO;
    }
  };
  Object.assign(operations, { fsync });
  return db;
}
