import type { Store } from '@continuum/contract/ports/store';
import { readSettings } from '@continuum/host/settings';
import { openPostgresStore } from '@continuum/store/postgres';
import { createTestDatabase, type TestDatabase, testServer } from '@continuum/testing/test-database';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Turns } from '../src/turns.ts';

const log = pino({ level: 'silent' });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('in one process, work on one pull request keeps its order, and a failure holds up nobody', async () => {
  const leases = { take: unused, release: unused, list: unused };
  const turns = new Turns({ settings: readSettings({}), store: { leases }, log }, 'review');
  const order: string[] = [];
  const slow = turns.take('acme/shop#1', async () => {
    await pause(30);
    order.push('first');
    throw new Error('failed');
  });
  const quick = turns.take('acme/shop#1', async () => void order.push('second'));
  const other = turns.take('acme/shop#2', async () => void order.push('other'));
  await expect(slow).rejects.toThrow('failed');
  await Promise.all([quick, other]);
  expect(order).toEqual(['other', 'first', 'second']);
});

async function unused(): Promise<never> {
  throw new Error('one process needs no lease');
}

function suite(server: string): void {
  let database: TestDatabase;
  let stores: Store[];
  beforeAll(async () => {
    database = await createTestDatabase(server);
    stores = await Promise.all([1, 2].map(() => openPostgresStore({ url: database.url })));
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
  });

  test('of two processes one is at a pull request at a time, on another pull request both', async () => {
    const [one, two] = stores.map((store, at) => {
      const settings = readSettings({ DATABASE_URL: database.url, CONTINUUM_INSTANCE: `persona-${at}` });
      return new Turns({ settings, store, log }, 'review');
    });
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await pause(40);
      inside--;
    };
    await Promise.all([one, two, one, two].map((turns) => turns?.take('acme/shop#1', work)));
    expect(most).toBe(1);
    const both = Promise.withResolvers<void>();
    const meet = async () => {
      if (++inside === 2) both.resolve();
      await both.promise;
    };
    await Promise.all([one?.take('acme/shop#1', meet), two?.take('acme/shop#2', meet)]);
  }, 20_000);
}

describe('two personas on one PostgreSQL', () => {
  if (testServer === undefined) test.skip('set TEST_DATABASE_URL', () => undefined);
  else suite(testServer);
});
