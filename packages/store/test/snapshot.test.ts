import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@continuum/contract/ports/store';
import { lockFolder } from '@continuum/folder-lock/folder-lock';
import { sampleEvent } from '@continuum/testing/store/samples';
import { createTestDatabase, type TestDatabase, testServer } from '@continuum/testing/test-database';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Driver } from '../src/connection.ts';
import { applyMigrations, readMigrations } from '../src/migrate.ts';
import { DatabaseThread } from '../src/pglite/client.ts';
import { pgliteDriver } from '../src/pglite/driver.ts';
import { examineFolder } from '../src/pglite/setup.ts';
import { openPgliteStore, restorePgliteStore } from '../src/pglite.ts';
import { openPostgresStore, restorePostgresStore } from '../src/postgres.ts';
import { readTables } from '../src/snapshot/catalog.ts';
import { verifySnapshot, withSnapshot } from '../src/snapshot/read.ts';
import { restoreInto } from '../src/snapshot/restore.ts';
import { SNAPSHOT_TABLES } from '../src/snapshot/tables.ts';
import { writeSnapshot } from '../src/snapshot/write.ts';
import { createStore } from '../src/store.ts';
import { AWKWARD, contentsOf, fill } from './filled.ts';

const PATIENCE_MS = 120_000;

let root: string;
let driver: Driver;
let store: Store;
let file: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'continuum-snapshot-'));
  const origin = join(root, 'origin');
  await mkdir(origin);
  const openDatabase = await examineFolder(origin, await readMigrations());
  driver = await openDatabase(await lockFolder(origin, 'store'));
  store = createStore(driver, () => new Date());
  await fill(store);
  file = join(root, 'store.snapshot');
  await store.writeSnapshot(file);
}, PATIENCE_MS);
afterAll(async () => {
  await store.close();
  await rm(root, { recursive: true, force: true });
});

/** A database without anything in it, in a thread of its own. */
async function emptyDatabase(name: string): Promise<Driver> {
  const folder = join(root, name);
  return pgliteDriver(await DatabaseThread.start({ folder }), folder, async () => {});
}

describe('a snapshot', { timeout: PATIENCE_MS }, () => {
  test('holds every table of the schema', async () => {
    const names = [...(await readTables(driver)).keys()].filter((name) => name !== 'continuum_migrations');
    expect(SNAPSHOT_TABLES.toSorted()).toEqual(names.toSorted());
    const { tables } = await contentsOf(file);
    expect(Object.keys(tables ?? {}).toSorted()).toEqual(names.toSorted());
  });

  test('says its size, its rows and its hash, and is for its owner only', async () => {
    const other = join(root, 'other.snapshot');
    const { bytes, rows, sha256 } = await store.writeSnapshot(other);
    const content = await readFile(other);
    expect([bytes, (await stat(other)).mode & 0o777]).toEqual([content.length, 0o600]);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await verifySnapshot(other)).toEqual({ rows });
    expect(await contentsOf(other)).toEqual(await contentsOf(file));
    expect((await readdir(join(root, 'origin'))).filter((name) => name.includes('copy'))).toEqual([]);
  });

  test('never takes the place of another file', async () => {
    await expect(store.writeSnapshot(file)).rejects.toMatchObject({ code: 'CONFLICT' });
    const inside = store.transaction((joined) => joined.writeSnapshot(join(root, 'inside')));
    await expect(inside).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('is of one moment, and others work on meanwhile', async () => {
    const target = join(root, 'busy.snapshot');
    let writing = true;
    const writer = (async () => {
      let written = 0;
      // Two rows that only ever come together.
      for (; writing; written += 1) {
        const event = sampleEvent({ repo: 'acme/busy' });
        await store.transaction(async (joined) => {
          await joined.stream.append(event);
          await joined.values.set(`of ${event.id}`, 'acme/busy');
        });
      }
      return written;
    })();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([store.writeSnapshot(target), store.writeSnapshot(`${target}.2`)]);
    writing = false;
    const written = await writer;
    const { tables = {} } = await contentsOf(target);
    const [events, values] = [tables.events, tables.key_values].map(
      (rows) => rows?.filter((row) => row.includes('acme/busy')).length ?? 0,
    );
    expect(events).toBe(values);
    expect(events).toBeGreaterThan(0);
    expect(events).toBeLessThan(written);
  });
});

describe('a snapshot restored into an empty PGlite', { timeout: PATIENCE_MS }, () => {
  test('gives the same rows, the same counters and an audit chain that holds', async () => {
    const folder = join(root, 'restored');
    const { rows } = await restorePgliteStore({ folder, file });
    expect(rows).toBe((await verifySnapshot(file)).rows);
    const restored = await openPgliteStore({ folder });
    expect(await restored.audit.verify()).toBeUndefined();
    await restored.writeSnapshot(join(root, 'restored.snapshot'));
    expect(await contentsOf(join(root, 'restored.snapshot'))).toEqual(await contentsOf(file));
    expect(await restored.outbox.byKey('once')).toMatchObject({ input: { body: AWKWARD, n: 1.5, no: null } });
    // What counts on goes on counting where it was.
    await restored.stream.append(sampleEvent());
    await restored.audit.record({ actor: 'ada', action: 'did', subject: '4', detail: {} });
    expect([await restored.audit.verify(), (await restored.audit.list())[0]?.seq]).toEqual([undefined, 4]);
    await restored.close();
  });

  test('is refused where a store is already', async () => {
    const refused = restorePgliteStore({ folder: join(root, 'restored'), file });
    await expect(refused).rejects.toMatchObject({ code: 'CONFLICT', next: expect.stringContaining('empty') });
    const open = restorePgliteStore({ folder: join(root, 'origin'), file });
    await expect(open).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });

  test('leaves nothing behind when the snapshot is damaged', async () => {
    const damaged = join(root, 'damaged.snapshot');
    const bytes = await readFile(file);
    await writeFile(damaged, bytes.subarray(0, -1));
    const folder = join(root, 'refused');
    await expect(restorePgliteStore({ folder, file: damaged })).rejects.toMatchObject({ code: 'BACKUP_CORRUPT' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('that was cut off is not mistaken for a store', async () => {
    const folder = join(root, 'cut-off');
    await restorePgliteStore({ folder, file });
    await writeFile(join(folder, 'restoring'), '');
    await expect(openPgliteStore({ folder })).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      next: expect.stringContaining('restore again'),
    });
    await expect(restorePgliteStore({ folder, file })).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('of an older schema is brought up to date by the next start, one of a newer schema is refused', async () => {
    const migrations = await readMigrations();
    const old = await emptyDatabase('old');
    await old.transaction((connection) => applyMigrations(connection, migrations.slice(0, 1)));
    const row = `insert into outbox (id, key, command, state, due_at, at) values ('o', 'k', 'c', 'done', 7, 'then')`;
    await old.query(row, []);
    const tables = new Set((await readTables(old)).keys());
    const then = SNAPSHOT_TABLES.filter((name) => tables.has(name));
    const snapshot = join(root, 'old.snapshot');
    await writeSnapshot(old, snapshot, then);
    await old.close();
    const folder = join(root, 'older');
    await restorePgliteStore({ folder, file: snapshot });
    const restored = await openPgliteStore({ folder });
    expect(await restored.outbox.byKey('k')).toMatchObject({ id: 'o', state: 'done' });
    await restored.close();

    const transaction = () => Promise.reject(new Error('something is written'));
    const newer = withSnapshot(file, (source) => restoreInto({ transaction }, source, migrations.slice(0, 1)));
    await expect(newer).rejects.toMatchObject({ code: 'STORE_CORRUPT', next: expect.stringContaining('newer') });
  });
});

function onServer(url: string): void {
  const databases: TestDatabase[] = [];
  const newDatabase = async (): Promise<string> => {
    const database = await createTestDatabase(url);
    databases.push(database);
    return database.url;
  };
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  test('a snapshot of PGlite goes into PostgreSQL and back, and is the same', async () => {
    const database = await newDatabase();
    await restorePostgresStore({ url: database, file });
    await expect(restorePostgresStore({ url: database, file })).rejects.toMatchObject({ code: 'CONFLICT' });
    const there = await openPostgresStore({ url: database });
    expect(await there.audit.verify()).toBeUndefined();
    await there.writeSnapshot(join(root, 'there.snapshot'));
    expect(await contentsOf(join(root, 'there.snapshot'))).toEqual(await contentsOf(file));
    await there.close();
    const folder = join(root, 'back');
    await restorePgliteStore({ folder, file: join(root, 'there.snapshot') });
    const back = await openPgliteStore({ folder });
    await back.writeSnapshot(join(root, 'back.snapshot'));
    await back.close();
    expect(await contentsOf(join(root, 'back.snapshot'))).toEqual(await contentsOf(file));
  });

  test('a damaged snapshot leaves the database empty, also when the damage comes while it is read', async () => {
    const database = await newDatabase();
    const damaged = join(root, 'postgres-damaged.snapshot');
    const bytes = await readFile(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(damaged, bytes);
    const refused = restorePostgresStore({ url: database, file: damaged });
    await expect(refused).rejects.toMatchObject({ code: 'BACKUP_CORRUPT' });
    await restorePostgresStore({ url: database, file });
  });
}

describe('on a server', { timeout: PATIENCE_MS }, () => {
  if (testServer === undefined)
    test.skip('PostgreSQL: set TEST_DATABASE_URL, for example postgres://postgres@127.0.0.1:5432/postgres');
  else onServer(testServer);
});
