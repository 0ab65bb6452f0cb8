import { constants, cpSync, existsSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { toQueryFailure } from '../failure.ts';
import { openDurably, syncChanged, syncLog } from './durability.ts';
import type { Numbered, Reply, WorkerStart } from './protocol.ts';
import { findDamage, removeSeal, writeSeal } from './seal.ts';
import { Statements } from './statements.ts';

function copyTemplate({ folder, template }: WorkerStart): void {
  if (template === undefined) return;
  // In one go: a thousand small files one by one through promises cost more than twice as much, and nobody waits here.
  cpSync(template, folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** Breaks the seal, if what it covers is as the last clean close left it; else says what is not. */
function breakSeal(seal: string, folder: string): string | undefined {
  const damage = findDamage(seal, folder);
  if (damage === undefined) removeSeal(seal);
  return damage;
}

/** Pages may be on disk only after the log that changed them. */
async function checkpoint(db: PGlite, folder: string): Promise<void> {
  syncLog(folder);
  await db.exec('checkpoint');
}

async function close(db: PGlite, { folder, seal }: WorkerStart, openedMs: number): Promise<void> {
  await checkpoint(db, folder);
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

interface Open {
  readonly statements: Statements;
  readonly checkpoint: () => Promise<void>;
  readonly shut: () => Promise<void>;
}

async function perform({ statements, checkpoint, shut }: Open, request: Numbered): Promise<Reply> {
  const { id } = request;
  switch (request.kind) {
    case 'query':
      return { id, rows: await statements.query(request.sql, request.params) };
    case 'checkpoint':
      await checkpoint();
      return { id, rows: [] };
    case 'close':
      await shut();
      return { id, rows: [] };
  }
}

async function answer(open: Open, request: Numbered): Promise<Reply> {
  try {
    return await perform(open, request);
  } catch (thrown) {
    return { id: request.id, failure: toQueryFailure(thrown) };
  }
}

async function serve(start: WorkerStart): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('This module runs in a worker thread only');
  copyTemplate(start);
  const { folder, seal } = start;
  const wasClosed = seal !== undefined && existsSync(seal);
  const damage = wasClosed ? breakSeal(seal, folder) : undefined;
  if (damage !== undefined) return port.postMessage({ id: 0, damage } satisfies Reply);
  const openedMs = Date.now();
  const db = await openDurably(folder);
  // After a crash the log was replayed and is not needed any more, so what came of it has to stay.
  if (!wasClosed) syncChanged(folder, openedMs);
  const open = {
    statements: new Statements(db),
    checkpoint: () => checkpoint(db, folder),
    shut: () => close(db, start, openedMs),
  };
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (request: Numbered) => {
    // One after the other, in the order of arrival: there is a single connection.
    last = last.then(async () => port.postMessage(await answer(open, request)));
    if (request.kind === 'close') last.then(() => port.close());
  });
  port.postMessage({ id: 0, rows: [] } satisfies Reply);
}

await serve(workerData);
