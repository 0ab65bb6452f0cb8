import { ContinuumError } from '@continuum/contract/errors';
import type { Connection } from './connection.ts';

/** Keeps the keys apart from whoever else locks by a hash: "values". */
const SEED = 0x76_61_6c_75;

/** Lock of a key until the end of the transaction on this connection; free where a transaction excludes everybody anyway. */
export function keyLock(connection: Connection, single: boolean): (key: string) => Promise<void> {
  return async (key) => {
    if (single) return;
    // By a 64-bit hash: two keys that share one wait for each other without need, which harms nobody.
    await connection.query('select pg_advisory_xact_lock(hashtextextended($1, $2))', [key, SEED]);
  };
}

/** Outside of a transaction a lock would be over before its caller read anything. Throws INTERNAL. */
export async function noLock(key: string): Promise<never> {
  throw new ContinuumError('INTERNAL', `There is no transaction to lock ${key} in`, {
    next: 'Lock, read, change and write within one `transaction`.',
  });
}
