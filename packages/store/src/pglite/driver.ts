import { ContinuumError } from '@continuum/contract/errors';
import type { Connection, Driver } from '../connection.ts';
import { transact } from '../transaction.ts';
import type { DatabaseThread } from './client.ts';

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

/** The single connection of a PGlite thread: a transaction holds it alone, everybody else waits in line. */
export function pgliteDriver(thread: DatabaseThread, release: () => Promise<void>): Driver {
  const line = transactionLine();
  const connection: Connection = {
    async query(sql, params) {
      const reply = await thread.send({ kind: 'query', sql, params });
      return 'rows' in reply ? reply.rows : [];
    },
  };
  return {
    single: true,
    async query(sql, params) {
      await line.turn();
      return connection.query(sql, params);
    },
    transaction: (work) => line.run(() => transact(connection, work)),
    async close() {
      try {
        await thread.send({ kind: 'close' });
      } finally {
        await thread.terminate();
        await release();
      }
    },
  };
}
