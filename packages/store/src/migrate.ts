import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import type { Connection, Driver } from './connection.ts';

const FOLDER = new URL('../migrations/', import.meta.url);
const Journal = z.object({ entries: z.array(z.object({ idx: z.number().int(), tag: z.string() })) });
/** Advisory lock: two processes that start together on PostgreSQL migrate one after the other. */
const MIGRATION_LOCK = 7_283_000;

const BOOK = `create table if not exists continuum_migrations (
  idx integer primary key, tag text not null, hash text not null, at timestamptz not null default now()
)`;

export interface Migration {
  readonly idx: number;
  readonly tag: string;
  readonly sql: string;
  readonly hash: string;
}

/** The checked-in migrations, oldest first. */
export async function readMigrations(): Promise<Migration[]> {
  const journal = Journal.parse(JSON.parse(await readFile(new URL('meta/_journal.json', FOLDER), 'utf8')));
  const entries = journal.entries.toSorted((a, b) => a.idx - b.idx);
  return Promise.all(
    entries.map(async ({ idx, tag }) => {
      const sql = await readFile(new URL(`${tag}.sql`, FOLDER), 'utf8');
      return { idx, tag, sql, hash: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

function refuse(message: string): ContinuumError {
  return new ContinuumError('STORE_CORRUPT', message, {
    next: 'Open this store with the Continuum version that wrote it, or a newer one.',
  });
}

function assertKnown(applied: unknown[][], migrations: readonly Migration[]): void {
  for (const [idx, tag, hash] of applied) {
    const known = migrations.find((migration) => migration.idx === idx);
    if (known === undefined) throw refuse(`The store has migration ${tag}, which this version does not know`);
    if (known.hash !== hash) throw refuse(`Migration ${tag} was applied with another content`);
  }
}

async function apply(connection: Connection, migration: Migration): Promise<void> {
  for (const statement of migration.sql.split('--> statement-breakpoint')) await connection.query(statement, []);
  const { idx, tag, hash } = migration;
  await connection.query('insert into continuum_migrations (idx, tag, hash) values ($1, $2, $3)', [idx, tag, hash]);
}

/** Brings the schema up to these migrations within a transaction. Throws STORE_CORRUPT when it is newer than they are. */
export async function applyMigrations(connection: Connection, migrations: readonly Migration[]): Promise<void> {
  await connection.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`, []);
  await connection.query(BOOK, []);
  const applied = await connection.query('select idx, tag, hash from continuum_migrations order by idx', []);
  assertKnown(applied, migrations);
  for (const migration of migrations.slice(applied.length)) await apply(connection, migration);
}

/** Brings the schema up to date in one transaction. Throws STORE_CORRUPT when the store is newer than this code. */
export async function migrate(driver: Pick<Driver, 'transaction'>, migrations: readonly Migration[]): Promise<void> {
  await driver.transaction((connection) => applyMigrations(connection, migrations));
}
