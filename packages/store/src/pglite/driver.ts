import { rm } from 'node:fs/promises';
import { ContinuumError } from '@continuum/contract/errors';
import type { Connection, Driver } from '../connection.ts';
import { transact } from '../transaction.ts';
import { copyPath, copyRunning } from './base-copy.ts';
import { keepLogShort } from './checkpoints.ts';
import { DatabaseThread } from './client.ts';

/** Longer than any transaction should take; only a call that waits for itself gets here. */
const PATIENCE_MS = 30_000;

async function patiently(turn: Promise<unknown>): Promise<void> {
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const next = 'Inside `transaction` use the handed store, and keep transactions short.';
    reject(new ContinuumError('INTERNAL', `Waited ${PATIENCE_MS} ms for a transaction`, { next, retryable: true }));
  }, PATIENCE_MS);
  try {
    await Promise.race([turn, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** Transactions in line: each starts when the one before is over, and everybody else waits for all of them. */
function transactionLine() {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  const turn = async () => {
    if (waiting > 0) await patiently(last);
  };
  return {
    turn,
    run<T>(work: () => Promise<T>): Promise<T> {
      const mine = turn().then(work);
      waiting += 1;
      last = Promise.allSettled([last, mine]).then(() => {
        waiting -= 1;
      });
      return mine;
    },
  };
}

/** One after the other, however they end: PostgreSQL copies itself once at a time. */
function inTurn() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

function connectionTo(thread: DatabaseThread): Connection {
  return {
    async query(sql, params) {
      const reply = await thread.send({ kind: 'query', sql, params });
      return 'rows' in reply ? reply.rows : [];
    },
  };
}

/** The work on a copy in a thread of its own; the copy is removed afterwards. */
async function onCopy<T>(copy: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const thread = await DatabaseThread.start({ folder: copy });
  try {
    return await transact(connectionTo(thread), work);
  } finally {
    await thread.terminate();
  }
}

/**
 * The single connection of a PGlite thread on the folder `data`: a transaction holds it alone, everybody else waits in line.
 */
export function pgliteDriver(thread: DatabaseThread, data: string, release: () => Promise<void>): Driver {
  const line = transactionLine();
  const copying = inTurn();
  const raw = connectionTo(thread);
  const checkpoint = () => thread.send({ kind: 'checkpoint' });
  const checkpoints = keepLogShort(raw, checkpoint, (work) => line.run(work));
  const connection: Connection = {
    query(sql, params) {
      checkpoints.touch();
      return raw.query(sql, params);
    },
  };
  const alone: Connection = { query: (sql, params) => line.run(() => connection.query(sql, params)) };
  return {
    single: true,
    lost: thread.lost,
    async query(sql, params) {
      await line.turn();
      return connection.query(sql, params);
    },
    transaction: (work) => line.run(() => transact(connection, work)),
    moment: (work) =>
      copying(async () => {
        const copy = copyPath(data);
        try {
          // It begins and ends between transactions, and holds nobody up in between. A checkpoint would take away the
          // part of the log that the copy needs.
          await checkpoints.without(async () => {
            await line.run(checkpoint);
            await copyRunning(alone, data, copy);
          });
          return await onCopy(copy, work);
        } finally {
          await rm(copy, { recursive: true, force: true });
        }
      }),
    async close() {
      checkpoints.stop();
      try {
        await thread.send({ kind: 'close' });
      } finally {
        await thread.terminate();
        await release();
      }
    },
  };
}
