import { ContinuumError } from '@continuum/contract/errors';
import type { Store } from '@continuum/contract/ports/store';
import { Pool, type PoolClient } from 'pg';
import type { Connection, Driver } from './connection.ts';
import { toQueryFailure, toStoreError } from './failure.ts';
import { migrate, readMigrations } from './migrate.ts';
import { createStore } from './store.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Connections held at most; default 10. */
  readonly poolSize?: number;
  readonly now?: () => Date;
}

type Queryable = Pick<PoolClient, 'query'>;

async function query(on: Queryable, text: string, params: readonly unknown[]): Promise<unknown[][]> {
  try {
    return (await on.query<unknown[]>({ text, values: [...params], rowMode: 'array' })).rows;
  } catch (thrown) {
    throw toStoreError(toQueryFailure(thrown));
  }
}

async function transact<T>(client: PoolClient, work: (connection: Connection) => Promise<T>): Promise<T> {
  let over = false;
  const connection: Connection = {
    async query(sql, params) {
      // A statement sent late would land in the next user's transaction.
      if (over) throw new ContinuumError('INTERNAL', 'This transaction is over');
      return query(client, sql, params);
    },
  };
  try {
    await query(client, 'begin', []);
    const result = await work(connection);
    over = true;
    await query(client, 'commit', []);
    client.release();
    return result;
  } catch (thrown) {
    over = true;
    // A connection that cannot roll back is thrown away, not handed to the next one.
    await query(client, 'rollback', []).then(
      () => client.release(),
      () => client.release(true),
    );
    throw thrown;
  }
}

function postgresDriver(pool: Pool): Driver {
  let closing: Promise<void> | undefined;
  return {
    query: (sql, params) => query(pool, sql, params),
    async exec(sql) {
      await pool.query(sql);
    },
    async transaction(work) {
      return transact(await pool.connect(), work);
    },
    close() {
      closing ??= pool.end();
      return closing;
    },
  };
}

/**
 * Opens the store on a PostgreSQL server (15 or newer) and brings its schema up to date.
 * Throws INTERNAL when the server cannot be reached, STORE_CORRUPT when its schema is newer than this code.
 */
export async function openPostgresStore({
  url,
  poolSize = 10,
  now = () => new Date(),
}: PostgresOptions): Promise<Store> {
  const pool = new Pool({ connectionString: url, max: poolSize });
  // An idle connection that the server drops must not end the process; the next query gets a fresh one.
  pool.on('error', () => {});
  const driver = postgresDriver(pool);
  try {
    await migrate(driver, await readMigrations());
  } catch (thrown) {
    await driver.close();
    throw thrown;
  }
  return createStore(driver, now);
}
