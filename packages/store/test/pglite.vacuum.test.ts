import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleEvent } from '@continuum/testing/store/samples';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Driver } from '../src/connection.ts';
import { readMigrations } from '../src/migrate.ts';
import { openEmpty } from '../src/pglite/setup.ts';
import { createStore } from '../src/store.ts';

let folder: string;
let driver: Driver;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'continuum-vacuum-'));
  driver = await openEmpty(folder, await readMigrations());
}, 60_000);
afterAll(async () => {
  await driver.close();
  await rm(folder, { recursive: true, force: true });
});

test('a queue that is always worked off does not grow: PGlite has nobody who vacuums', async () => {
  const now = new Date('2026-03-10T00:00:00.000Z');
  const store = createStore(driver, () => now);
  await store.stream.ensureConsumer('consumer', '**');
  const pages = async () => {
    const [row] = await driver.query(
      `select pg_relation_size('deliveries') / 8192, pg_relation_size('events') / 8192`,
      [],
    );
    return row?.map(Number) ?? [];
  };
  const sizes: number[][] = [];
  for (let round = 0; round < 4; round += 1) {
    await Promise.all(Array.from({ length: 1000 }, () => store.stream.append(sampleEvent())));
    const claimed = await store.stream.claim('consumer', 1000, now, 1000);
    await Promise.all(claimed.map(({ event }) => store.stream.ack('consumer', event.id)));
    sizes.push(await pages());
    expect(await store.stream.prune(now)).toBe(1000);
  }
  const [first, last] = [sizes[0] ?? [], sizes[3] ?? []];
  expect(first.every((size) => size > 5)).toBe(true);
  for (const [index, size] of last.entries()) expect(size).toBeLessThan(2 * (first[index] ?? 0));
}, 60_000);
