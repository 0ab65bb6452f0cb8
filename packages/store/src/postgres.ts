import type { Store } from '@continuum/contract/ports/store';
import { Pool, type PoolClient } from 'pg';
import type { Connection, Driver } from './connection.ts';
import { toQueryFailure, toStoreError } from './failure.ts';
import { migrate, readMigrations } from './migrate.ts';
import { withSnapshot } from './snapshot/read.ts';
import { restoreInto } from './snapshot/restore.ts';
import { createStore } from './store.ts';
import { transact } from './transaction.ts';

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

async function onOwnConnection<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((thrown: unknown) => {
    throw toStoreError(toQueryFailure(thrown));
  });
  let broken = false;
  // A connection that failed between two statements is thrown away, not handed to the next one.
  const onError = () => {
    broken = true;
  };
  client.on('error', onError);
  try {
    return await transact({ query: (sql, params) => query(client, sql, params) }, work);
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

function postgresDriver(pool: Pool): Driver {
  return {
    single: false,
    query: (sql, params) => query(pool, sql, params),
    transaction: (work) => onOwnConnection(pool, work),
    moment: (work) =>
      onOwnConnection(pool, async (connection) => {
        await connection.query('set transaction isolation level repeatable read, read only', []);
        return work(connection);
      }),
    close: () => pool.end(),
  };
}

/**
 * Writes a snapshot into an empty database of a server, all or nothing. Throws BACKUP_CORRUPT, CONFLICT when the database
 * holds a store, STORE_CORRUPT when the snapshot is of a newer version, INTERNAL when the server cannot be reached.
 */
export async function restorePostgresStore({
  url,
  file,
}: {
  readonly url: string;
  readonly file: string;
}): Promise<{ readonly rows: number }> {
  const pool = new Pool({ connectionString: url, max: 1 });
  pool.on('error', () => {});
  try {
    const migrations = await readMigrations();
    return await withSnapshot(file, (source) => restoreInto(postgresDriver(pool), source, migrations));
  } finally {
    await pool.end();
  }
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
