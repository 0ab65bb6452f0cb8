import { constants, cpSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { toQueryFailure } from '../failure.ts';
import type { Numbered, Reply, WorkerStart } from './protocol.ts';

function copyTemplate({ folder, template }: WorkerStart): void {
  if (template === undefined) return;
  // In one go: a thousand small files one by one through promises cost more than twice as much, and nobody waits here.
  cpSync(template, folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

async function perform(db: PGlite, request: Numbered): Promise<Reply> {
  const { id } = request;
  switch (request.kind) {
    case 'query': {
      const result = await db.query<unknown[]>(request.sql, [...request.params], { rowMode: 'array' });
      return { id, rows: result.rows };
    }
    case 'close':
      await db.exec('checkpoint');
      await db.close();
      return { id, rows: [] };
  }
}

async function answer(db: PGlite, request: Numbered): Promise<Reply> {
  try {
    return await perform(db, request);
  } catch (thrown) {
    return { id: request.id, failure: toQueryFailure(thrown) };
  }
}

async function serve(start: WorkerStart): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('This module runs in a worker thread only');
  copyTemplate(start);
  const db = await PGlite.create(start.folder);
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (request: Numbered) => {
    // One after the other, in the order of arrival: there is a single connection.
    last = last.then(async () => port.postMessage(await answer(db, request)));
    if (request.kind === 'close') last.then(() => port.close());
  });
  port.postMessage({ id: 0, rows: [] } satisfies Reply);
}

await serve(workerData);
