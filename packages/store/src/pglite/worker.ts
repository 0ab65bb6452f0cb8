import { constants, cpSync, existsSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { toQueryFailure } from '../failure.ts';
import type { Numbered, Reply, WorkerStart } from './protocol.ts';
import { findDamage, removeSeal, writeSeal } from './seal.ts';

function copyTemplate({ folder, template }: WorkerStart): void {
  if (template === undefined) return;
  // In one go: a thousand small files one by one through promises cost more than twice as much, and nobody waits here.
  cpSync(template, folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** What is not as the last clean close left it; after a crash there is nothing to compare with. */
function breakSeal({ folder, seal }: WorkerStart): string | undefined {
  if (seal === undefined || !existsSync(seal)) return undefined;
  const damage = findDamage(seal, folder);
  if (damage === undefined) removeSeal(seal);
  return damage;
}

async function close(db: PGlite, { folder, seal }: WorkerStart, openedMs: number): Promise<void> {
  await db.exec('checkpoint');
  const { rows } = await db.query<{ name: string }>('select pg_walfile_name(pg_current_wal_lsn()) as name');
  await db.close();
  if (seal === undefined) return;
  try {
    writeSeal(seal, folder, rows[0]?.name ?? '', openedMs);
  } catch {
    // A full disk, say. Everything is stored; the next start is like one after a crash.
    rmSync(seal, { force: true });
  }
}

async function perform(db: PGlite, request: Numbered, shut: () => Promise<void>): Promise<Reply> {
  const { id } = request;
  switch (request.kind) {
    case 'query': {
      const result = await db.query<unknown[]>(request.sql, [...request.params], { rowMode: 'array' });
      return { id, rows: result.rows };
    }
    case 'close':
      await shut();
      return { id, rows: [] };
  }
}

async function answer(db: PGlite, request: Numbered, shut: () => Promise<void>): Promise<Reply> {
  try {
    return await perform(db, request, shut);
  } catch (thrown) {
    return { id: request.id, failure: toQueryFailure(thrown) };
  }
}

async function serve(start: WorkerStart): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('This module runs in a worker thread only');
  copyTemplate(start);
  const damage = breakSeal(start);
  if (damage !== undefined) return port.postMessage({ id: 0, damage } satisfies Reply);
  const openedMs = Date.now();
  const db = await PGlite.create(start.folder);
  const shut = () => close(db, start, openedMs);
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (request: Numbered) => {
    // One after the other, in the order of arrival: there is a single connection.
    last = last.then(async () => port.postMessage(await answer(db, request, shut)));
    if (request.kind === 'close') last.then(() => port.close());
  });
  port.postMessage({ id: 0, rows: [] } satisfies Reply);
}

await serve(workerData);
