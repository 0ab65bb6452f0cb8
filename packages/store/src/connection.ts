import { drizzle, type PgRemoteDatabase } from 'drizzle-orm/pg-proxy';
import { cleanParams } from './clean.ts';

/** One statement at a time; rows as arrays in the order of the columns. */
export interface Connection {
  query(sql: string, params: readonly unknown[]): Promise<unknown[][]>;
}

/** What a backend must offer; everything else is shared. */
export interface Driver extends Connection {
  /** Has the backend a single connection, which a transaction holds alone? Then nobody can change anything beside it. */
  readonly single: boolean;
  /** BEGIN, the work on a connection of its own, COMMIT; ROLLBACK when the work throws. */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** The work reads the database as it stands at one moment, for as long as it likes, while others change it. */
  moment<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Says why the backend is gone for good for this process, where that can happen. */
  readonly lost?: AbortSignal;
  /** Called once, when nothing is in flight. */
  close(): Promise<void>;
}

export type Database = PgRemoteDatabase;

/** The query builder over a connection. */
export function toDatabase(connection: Connection): Database {
  return drizzle(async (sql, params) => ({ rows: await connection.query(sql, cleanParams(params)) }), {
    casing: 'snake_case',
  });
}

/** What a repository stands on: the query builder, a way to write all or nothing, and the clock. */
export interface Context {
  readonly connection: Connection;
  readonly db: Database;
  /** Many call at the same time, and what they ask may travel together; not so inside a transaction. */
  readonly shared: boolean;
  /** Inside a transaction already: joins it. */
  atomically<T>(work: (db: Database) => Promise<T>): Promise<T>;
  /** Makes the room of removed rows usable again, where no autovacuum does; nothing within a transaction. */
  reclaim(table: 'events' | 'deliveries' | 'outbox' | 'reviews'): Promise<void>;
  /** `KeyValueStore.lock`. */
  lock(key: string): Promise<void>;
  readonly now: () => Date;
}
