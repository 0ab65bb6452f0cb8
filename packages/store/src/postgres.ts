import type { ContinuumError } from '@continuum/contract/errors';
import type { Store } from '@continuum/contract/ports/store';
import { DatabaseError, Pool, type PoolClient, type PoolConfig } from 'pg';
import { assertCatalog } from './catalog/catalog.ts';
import type { Connection, Driver } from './connection.ts';
import { isUnavailable, toQueryFailure, toStoreError } from './failure.ts';
import { loadStore } from './load.ts';
import { migrate, readMigrations } from './migrate.ts';
import { retryContended, retryUntilThere } from './retry.ts';
import { withSnapshot } from './snapshot/read.ts';
import { restoreInto } from './snapshot/restore.ts';
import { transact } from './transaction.ts';
import { ensureVector, type VectorSupport } from './vector.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Connections held at most; default 10. */
  readonly poolSize?: number;
  /** How long to wait at the start for a server that is not there yet, ms; default 30 s. */
  readonly patienceMs?: number;
  readonly now?: () => Date;
}

/**
 * No call waits for ever, whatever the network does: for a connection, for a statement on the server, and for its answer on a
 * connection that is half open. A transaction that its process forgot lets go of its locks.
 */
const LIMITS = {
  connectionTimeoutMillis: 10_000,
  statement_timeout: 30_000,
  query_timeout: 35_000,
  idle_in_transaction_session_timeout: 60_000,
  keepAlive: true,
  application_name: 'continuum',
} satisfies PoolConfig;

type Queryable = Pick<PoolClient, 'query'>;

/** What does not come from the database is about the way to it. */
function failureOf(thrown: unknown): ContinuumError {
  return toStoreError({ ...toQueryFailure(thrown), ofConnection: !(thrown instanceof DatabaseError) });
}

async function query(on: Queryable, text: string, params: readonly unknown[]): Promise<unknown[][]> {
  try {
    return (await on.query<unknown[]>({ text, values: [...params], rowMode: 'array' })).rows;
  } catch (thrown) {
    throw failureOf(thrown);
  }
}

async function onOwnConnection<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((thrown: unknown) => {
    throw failureOf(thrown);
  });
  let broken = false;
  // A connection that failed, in or between statements, is thrown away: the next one must not find it in a transaction.
  const onError = () => {
    broken = true;
  };
  client.on('error', onError);
  const connection: Connection = {
    async query(sql, params) {
      try {
        return await query(client, sql, params);
      } catch (thrown) {
        broken ||= isUnavailable(thrown);
        throw thrown;
      }
    },
  };
  try {
    return await transact(connection, work);
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

function openPool(config: PoolConfig): Pool {
  const pool = new Pool(config);
  // An idle connection that the server drops must not end the process; the next query gets a fresh one.
  pool.on('error', () => {});
  return pool;
}

function postgresDriver(pool: Pool): Driver {
  return {
    single: false,
    query: (sql, params) => query(pool, sql, params),
    transaction: (work) => retryContended(() => onOwnConnection(pool, work)),
    moment: (work) =>
      onOwnConnection(pool, async (connection) => {
        await connection.query('set transaction isolation level repeatable read, read only', []);
        // What is read is written to a disk that may be slow.
        await connection.query('set local idle_in_transaction_session_timeout = 0', []);
        return work(connection);
      }),
    close: () => pool.end(),
  };
}

/** Work on one connection of its own, without limits of time. */
async function onSingleConnection<T>(url: string, work: (driver: Driver) => Promise<T>): Promise<T> {
  const { connectionTimeoutMillis, application_name, keepAlive } = LIMITS;
  const driver = postgresDriver(
    openPool({ connectionString: url, max: 1, connectionTimeoutMillis, application_name, keepAlive }),
  );
  try {
    return await work(driver);
  } finally {
    await driver.close();
  }
}

/**
 * Writes a snapshot into an empty database of a server, all or nothing. Throws BACKUP_CORRUPT, CONFLICT when the database
 * holds a store, STORE_CORRUPT when the snapshot is of a newer version, STORE_UNAVAILABLE when the server cannot be reached.
 */
export async function restorePostgresStore({
  url,
  file,
}: {
  readonly url: string;
  readonly file: string;
}): Promise<{ readonly rows: number }> {
  const migrations = await readMigrations();
  return onSingleConnection(url, (driver) => withSnapshot(file, (source) => restoreInto(driver, source, migrations)));
}

/** Creates pgvector where the server has it and the role may, and says whether it is there. Throws STORE_UNAVAILABLE. */
export function vectorSupport(url: string): Promise<VectorSupport> {
  return onSingleConnection(url, ensureVector);
}

async function prepare(driver: Driver): Promise<void> {
  await migrate(driver, await readMigrations());
  await assertCatalog(driver);
  await ensureVector(driver);
}

/**
 * Opens the store on a PostgreSQL server (15 or newer) and brings its schema up to date; a server that is still starting is
 * waited for. Throws STORE_UNAVAILABLE when it cannot be reached, STORE_CORRUPT when its schema is newer than this code or was
 * changed by hand. Later, while the server is away, every call throws STORE_UNAVAILABLE, and the first one after it works.
 */
export async function openPostgresStore({
  url,
  poolSize = 10,
  patienceMs = 30_000,
  now = () => new Date(),
}: PostgresOptions): Promise<Store> {
  const [{ createStore }] = await Promise.all([
    loadStore(),
    retryUntilThere(() => onSingleConnection(url, prepare), patienceMs),
  ]);
  return createStore(postgresDriver(openPool({ ...LIMITS, connectionString: url, max: poolSize })), now);
}
