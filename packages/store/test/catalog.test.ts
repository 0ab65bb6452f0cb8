import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, testServer } from '@continuum/testing/test-database';
import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertCatalog, CATALOG_FILE, readCatalog } from '../src/catalog/catalog.ts';
import type { Connection, Driver } from '../src/connection.ts';
import { readMigrations } from '../src/migrate.ts';
import { openEmpty } from '../src/pglite/setup.ts';
import { openPostgresStore, vectorSupport } from '../src/postgres.ts';
import * as learning from '../src/schema/learning.ts';
import * as operations from '../src/schema/operations.ts';
import * as review from '../src/schema/review.ts';
import * as room from '../src/schema/room.ts';
import * as stream from '../src/schema/stream.ts';
import * as view from '../src/schema/view.ts';

const rollback = new Error('take the change back');
let folder: string;
let driver: Driver;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'continuum-catalog-'));
  driver = await openEmpty(folder, await readMigrations());
}, 60_000);
afterAll(async () => {
  await driver.close();
  await rm(folder, { recursive: true, force: true });
});

const snake = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

describe('the tables of the store', () => {
  test('are what is written down for them, in PGlite', async () => {
    const written = JSON.parse(await readFile(CATALOG_FILE, 'utf8'));
    expect(await readCatalog(driver), 'run: npm run catalog -w @continuum/store').toEqual(written);
  });

  test('are those of the schema in code: tables, columns, types, indexes', async () => {
    const catalog = await readCatalog(driver);
    const modules = { ...learning, ...operations, ...review, ...room, ...stream, ...view };
    const tables = Object.values(modules).flatMap((each) => (is(each, PgTable) ? [getTableConfig(each)] : []));
    const { continuum_migrations: _, ...ours } = catalog;
    expect(Object.keys(ours).toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
    for (const { name, columns, indexes, primaryKeys, uniqueConstraints } of tables) {
      const lines = catalog[name] ?? [];
      const inCode = columns.map(
        (column) => `column ${snake(column.name)} ${column.getSQLType()}${column.notNull ? ' not null' : ''}`,
      );
      const inDatabase = lines
        .filter((line) => line.startsWith('column '))
        .map((line) => line.replace(/ (identity|default) ?.*$/, ''));
      expect(inDatabase.toSorted()).toEqual(inCode.toSorted());
      const single = columns.filter((column) => column.primary || column.isUnique).length;
      const count = indexes.length + primaryKeys.length + uniqueConstraints.length + single;
      expect(
        lines.filter((line) => line.startsWith('CREATE ')),
        name,
      ).toHaveLength(count);
    }
  });

  test.each([
    ['drop index deliveries_line_index', 'deliveries: - CREATE INDEX deliveries_line_index'],
    ['alter table events alter column at_ms type integer', 'events: - column at_ms bigint not null'],
    ['alter table events add column note text', 'events: + column note text'],
    ['alter table outbox alter column command drop not null', 'outbox: - column command text not null'],
    ['alter table outbox alter column attempts set default 1', 'outbox: + column attempts integer not null default 1'],
    ['drop table leases', 'leases: - the table'],
    ['alter table deliveries drop constraint deliveries_event_id_events_id_fk', 'deliveries: - foreign key'],
    ['alter table rooms rename column title to name', 'rooms: + column name text not null'],
    ['drop index outbox_done_index; create index outbox_done_index on outbox (done_at)', 'outbox: - CREATE INDEX'],
  ])('that were changed by hand are found: %s', async (change, found) => {
    const work = async (connection: Connection) => {
      for (const statement of change.split(';')) await connection.query(statement, []);
      await expect(assertCatalog(connection)).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        message: expect.stringContaining(found),
      });
      throw rollback;
    };
    await expect(driver.transaction(work)).rejects.toBe(rollback);
    await expect(assertCatalog(driver)).resolves.toBeUndefined();
  });

  test('of somebody else beside them do not count', async () => {
    const work = async (connection: Connection) => {
      await connection.query('create table of_somebody_else (a integer)', []);
      await assertCatalog(connection);
      throw rollback;
    };
    await expect(driver.transaction(work)).rejects.toBe(rollback);
  });
});

/** The same on a server, through the door that everybody uses. */
function suite(server: string): void {
  test('are what is written down for them on a server, and one that was changed by hand does not open', async () => {
    const database = await createTestDatabase(server);
    const client = new Client({ connectionString: database.url });
    try {
      const store = await openPostgresStore({ url: database.url });
      await store.close();
      await client.connect();
      await client.query('alter table findings alter column pr type bigint; drop index reviews_seq_index');
      await expect(openPostgresStore({ url: database.url })).rejects.toMatchObject({
        code: 'STORE_CORRUPT',
        message: expect.stringMatching(/findings: \+ column pr bigint.*reviews: - CREATE INDEX reviews_seq_index/),
      });
    } finally {
      await client.end();
      await database.drop();
    }
  });

  test('need no pgvector, which is there where the server has it', async () => {
    const client = new Client({ connectionString: server });
    await client.connect();
    const { rowCount } = await client.query(`select 1 from pg_available_extensions where name = 'vector'`);
    await client.end();
    const database = await createTestDatabase(server);
    try {
      await (await openPostgresStore({ url: database.url })).close();
      expect(await vectorSupport(database.url)).toBe(rowCount === 0 ? 'absent' : 'present');
    } finally {
      await database.drop();
    }
  });
}

describe('the tables on a server', () => {
  if (testServer === undefined) test.skip('set TEST_DATABASE_URL', () => undefined);
  else suite(testServer);
});
