import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection, Driver } from '../src/connection.ts';
import { migrate, readMigrations } from '../src/migrate.ts';
import { DatabaseThread } from '../src/pglite/client.ts';
import { pgliteDriver } from '../src/pglite/driver.ts';
import { openPgliteStore } from '../src/pglite.ts';
import { createStore } from '../src/store.ts';

let folder: string;
let thread: DatabaseThread;
let driver: Driver;

const now = () => new Date('2026-03-01T12:00:00.000Z');
const rollback = new Error('the damage is taken back');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'continuum-store-'));
  const store = await openPgliteStore({ folder, now });
  for (const subject of ['1', '2', '3']) await store.audit.record({ actor: 'ada', action: 'a', subject, detail: {} });
  await store.close();
  thread = await DatabaseThread.start({ folder: join(folder, 'data') });
  driver = pgliteDriver(thread, join(folder, 'data'), async () => {});
});
afterAll(async () => {
  await thread.terminate();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a check on a database changed behind the store's back; the change is taken back. */
async function damaged(statement: string, check: (damage: Driver) => Promise<void>): Promise<void> {
  const work = async (connection: Connection) => {
    await connection.query(statement, []);
    const transaction: Driver['transaction'] = (inner) => inner(connection);
    await check({ ...connection, single: true, transaction, moment: transaction, close: async () => {} });
    throw rollback;
  };
  await expect(driver.transaction(work)).rejects.toBe(rollback);
}

describe('damage', () => {
  test.each([
    ['a changed entry', `update audit set actor = 'eve' where seq = 2`, 2],
    ['a changed detail', `update audit set detail = '{"a":1}' where seq = 1`, 1],
    ['a removed first entry', 'delete from audit where seq = 1', 2],
    ['a removed entry', 'delete from audit where seq = 2', 3],
    ['a removed last entry', 'delete from audit where seq = 3', 3],
  ])('%s breaks the audit chain', (_, statement, broken) =>
    damaged(statement, async (damage) => {
      expect(await createStore(damage, now).audit.verify()).toBe(broken);
    }),
  );

  test('a removed last entry cannot be covered by a new one', () =>
    damaged('delete from audit where seq = 3', async (damage) => {
      const { audit } = createStore(damage, now);
      await audit.record({ actor: 'eve', action: 'hide', subject: '4', detail: {} });
      expect(await audit.verify()).toBe(4);
    }));

  test('an untouched chain holds', async () => {
    expect(await createStore(driver, now).audit.verify()).toBeUndefined();
  });

  test.each([
    ['newer', `insert into continuum_migrations (idx, tag, hash) values (999, 'future', 'x')`],
    ['different', `update continuum_migrations set hash = 'x' where idx = 0`],
  ])('a %s schema is refused', (_, statement) =>
    damaged(statement, async (damage) => {
      await expect(migrate(damage, await readMigrations())).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    }),
  );

  test('a known schema is left alone', async () => {
    await expect(migrate(driver, await readMigrations())).resolves.toBeUndefined();
  });

  test('an error has a code and never repeats the parameters', async () => {
    const failing = createStore(driver, now).values.set('hunter2', 1, new Date(Number.NaN));
    const error: unknown = await failing.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ContinuumError', code: 'INTERNAL' });
    expect(String(error)).not.toContain('hunter2');
  });

  test('calls to a thread that ends are rejected, before and after', async () => {
    const pending = thread.send({ kind: 'query', sql: 'select pg_sleep(5)', params: [] });
    await Promise.all([expect(pending).rejects.toMatchObject({ code: 'STORE_CORRUPT' }), thread.terminate()]);
    const late = thread.send({ kind: 'query', sql: 'select 1', params: [] });
    await expect(late).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test('a thread that answers nothing any more is given up, and says so', async () => {
    const silent = await DatabaseThread.start({ folder: join(folder, 'silent') }, 1500);
    const pending = silent.send({ kind: 'query', sql: 'select pg_sleep(60)', params: [] });
    await expect(pending).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('no answer'),
    });
    expect(silent.lost.aborted).toBe(true);
  });

  test('a set up folder without its database is refused, and unlocked again', async () => {
    await rm(join(folder, 'data'), { recursive: true });
    const refused = { code: 'STORE_CORRUPT', next: expect.stringContaining('backup') };
    for (const _attempt of [1, 2]) await expect(openPgliteStore({ folder })).rejects.toMatchObject(refused);
  });
});
