import type { Store } from '@continuum/contract/ports/store';
import { type PostgresServer, startPostgres } from '@continuum/testing/servers/postgres';
import { findProgram } from '@continuum/testing/servers/program';
import { sampleEvent } from '@continuum/testing/store/samples';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPostgresStore } from '../src/postgres.ts';

const AWAY = { code: 'STORE_UNAVAILABLE', retryable: true };
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A server of our own, which goes away and comes back. */
function suite(): void {
  let server: PostgresServer;
  let url: string;
  let store: Store;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase('outage');
    store = await openPostgresStore({ url });
  }, 60_000);
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  test('nothing is lost over kill -9; calls meanwhile say that the store is unavailable, and later ones work', async () => {
    const stored: string[] = [];
    const refused: unknown[] = [];
    let done = false;
    const writer = async (): Promise<void> => {
      while (!done) {
        const event = sampleEvent();
        await store.stream.append(event).then(
          () => stored.push(event.id),
          (error: unknown) => refused.push(error),
        );
        if (refused.length > 0) await sleep(20);
      }
    };
    const writers = Promise.all(Array.from({ length: 8 }, writer));
    await expect.poll(() => stored.length).toBeGreaterThan(50);
    await server.kill();
    await expect(store.ping()).rejects.toMatchObject(AWAY);
    await expect(store.transaction(({ values }) => values.set('a', 1))).rejects.toMatchObject(AWAY);
    await server.start();
    const before = stored.length;
    await expect.poll(() => stored.length, { timeout: 10_000 }).toBeGreaterThan(before + 50);
    done = true;
    await writers;
    for (const error of refused) expect(error).toMatchObject(AWAY);
    expect(refused.length).toBeGreaterThan(0);
    for (const id of stored.slice(0, 100)) expect(await store.stream.append(sampleEvent({ id }))).toBe(false);
    const known = new Set<string>((await store.stream.recent(1_000_000)).map(({ id }) => id));
    expect(stored.filter((id) => !known.has(id))).toEqual([]);
  }, 60_000);

  test('a server that is not there yet is waited for at the start, but not for ever', async () => {
    await server.shutdown('fast');
    await expect(openPostgresStore({ url, patienceMs: 300 })).rejects.toMatchObject(AWAY);
    const opening = openPostgresStore({ url });
    await sleep(500);
    await server.start();
    const opened = await opening;
    await expect(opened.ping()).resolves.toBeUndefined();
    await opened.close();
    const nobody = url.replace('outage', 'nobody_made_this');
    await expect(openPostgresStore({ url: nobody })).rejects.toMatchObject({ code: 'INTERNAL', retryable: false });
  }, 60_000);

  test('two processes that store the same events in opposite order store each once', async () => {
    const other = await openPostgresStore({ url });
    for (let round = 0; round < 10; round += 1) {
      const events = Array.from({ length: 100 }, () => sampleEvent());
      const [forward, backward] = await Promise.all([
        Promise.all(events.map((event) => store.stream.append(event))),
        Promise.all(events.toReversed().map((event) => other.stream.append(event))),
      ]);
      const stored = forward.map((mine, index) => [mine, backward.at(-1 - index)]);
      expect(stored.filter(([mine, theirs]) => mine === theirs)).toEqual([]);
    }
    await other.close();
  }, 30_000);

  test("transactions that stand in each other's way are both done in the end", async () => {
    for (const key of ['a', 'b']) await store.values.set(key, 0);
    let begun = 0;
    const crossing = (first: string, second: string) =>
      store.transaction(async ({ values }) => {
        begun += 1;
        for (const key of [first, second]) {
          await values.lock(key);
          await values.set(key, Number(await values.get(key)) + 1);
          // Long enough for the other one to take its first.
          if (begun <= 2) await sleep(100);
        }
      });
    await Promise.all([crossing('a', 'b'), crossing('b', 'a')]);
    expect(begun).toBe(3);
    expect([await store.values.get('a'), await store.values.get('b')]).toEqual([2, 2]);
  }, 30_000);
}

describe('a PostgreSQL that goes away', () => {
  const installed = findProgram('postgres') !== undefined;
  if (!installed && process.env.CONTINUUM_TEST_ALL !== '1')
    test.skip('on Debian: apt-get install postgresql', () => undefined);
  else suite();
});
