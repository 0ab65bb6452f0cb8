import { ContinuumError } from '@continuum/contract/errors';
import type { Connection, Driver } from '../connection.ts';
import type { DatabaseThread } from './client.ts';

async function query(thread: DatabaseThread, sql: string, params: readonly unknown[]): Promise<unknown[][]> {
  const reply = await thread.send({ kind: 'query', sql, params });
  return 'rows' in reply ? reply.rows : [];
}

async function transact<T>(thread: DatabaseThread, work: (connection: Connection) => Promise<T>): Promise<T> {
  let over = false;
  const connection: Connection = {
    async query(sql, params) {
      // A statement sent late would land in somebody else's transaction.
      if (over) throw new ContinuumError('INTERNAL', 'This transaction is over');
      return query(thread, sql, params);
    },
  };
  await thread.send({ kind: 'exec', sql: 'begin' });
  try {
    const result = await work(connection);
    over = true;
    await thread.send({ kind: 'exec', sql: 'commit' });
    return result;
  } catch (thrown) {
    over = true;
    await thread.send({ kind: 'exec', sql: 'rollback' });
    throw thrown;
  }
}

/** The single connection of a PGlite thread: a transaction holds it alone, everybody else waits in line. */
export function pgliteDriver(thread: DatabaseThread, release: () => Promise<void>): Driver {
  let lastTransaction: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;

  function assertOpen(): void {
    if (closing !== undefined) throw new ContinuumError('INTERNAL', 'The store is closed');
  }

  async function close(): Promise<void> {
    try {
      await lastTransaction;
      await thread.send({ kind: 'close' });
    } finally {
      await thread.terminate();
      await release();
    }
  }

  return {
    async query(sql, params) {
      assertOpen();
      await lastTransaction;
      return query(thread, sql, params);
    },
    async exec(sql) {
      assertOpen();
      await lastTransaction;
      await thread.send({ kind: 'exec', sql });
    },
    async transaction(work) {
      assertOpen();
      const before = lastTransaction;
      const mine = before.then(() => transact(thread, work));
      lastTransaction = mine.catch(() => undefined);
      return mine;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
