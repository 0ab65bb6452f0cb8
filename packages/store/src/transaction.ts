import { ContinuumError } from '@continuum/contract/errors';
import type { Connection } from './connection.ts';

/**
 * BEGIN, the work, COMMIT on a connection nobody else uses meanwhile; ROLLBACK when the work or any of its statements
 * failed. PostgreSQL answers the COMMIT of a failed transaction with success and keeps nothing, so a failure that the
 * work swallowed is thrown here.
 */
export async function transact<T>(held: Connection, work: (connection: Connection) => Promise<T>): Promise<T> {
  let over = false;
  const failures: unknown[] = [];
  const connection: Connection = {
    async query(sql, params) {
      // A statement sent late would land in somebody else's transaction.
      if (over) throw new ContinuumError('INTERNAL', 'This transaction is over', { next: 'Await every write in it.' });
      try {
        return await held.query(sql, params);
      } catch (thrown) {
        failures.push(thrown);
        throw thrown;
      }
    },
  };
  await held.query('begin', []);
  try {
    const result = await work(connection);
    if (failures.length > 0) throw failures[0];
    over = true;
    await held.query('commit', []);
    return result;
  } catch (thrown) {
    over = true;
    // On a connection that is gone there is nothing to roll back; why it failed is what counts.
    await held.query('rollback', []).catch(() => {});
    throw thrown;
  }
}
