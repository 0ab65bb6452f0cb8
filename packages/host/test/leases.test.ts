import type { Lease, LeaseStore, Store } from '@continuum/contract/ports/store';
import { openPostgresStore } from '@continuum/store/postgres';
import { createTestDatabase, type TestDatabase, testServer } from '@continuum/testing/test-database';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { exclusively } from '../src/exclusive.ts';
import { aborted, leading } from '../src/leader.ts';
import { holderOf, LEASE_MS, type LeaseParts, takeLease } from '../src/lease.ts';
import { beAlone, join } from '../src/presence.ts';
import { readSettings } from '../src/settings.ts';

const log = pino({ level: 'silent' });

/** A process of that name on a store. */
function processOn(
  store: Pick<Store, 'leases'>,
  instance: string,
  environment: Record<string, string> = {},
): LeaseParts {
  const settings = readSettings({
    ...{ DATABASE_URL: 'postgres://nowhere/x', CONTINUUM_INSTANCE: instance, CONTINUUM_HOME: `/${instance}` },
    ...environment,
  });
  return { settings, store, log };
}

describe('a lease, by a clock that is set', () => {
  let answers: 'yes' | 'no' | 'never' | 'fails';
  const lease: Lease = { name: 'x', holder: 'me', fence: 1, until: '' };
  const leases: LeaseStore = {
    async take() {
      if (answers === 'never') return new Promise<never>(() => {});
      if (answers === 'fails') throw new Error('the database is away');
      return answers === 'yes' ? lease : undefined;
    },
    release: async () => {},
    list: async () => [],
  };

  beforeEach(() => {
    answers = 'yes';
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('holds as long as it is renewed', async () => {
    const held = await takeLease(processOn({ leases }, 'a'), 'x');
    await vi.advanceTimersByTimeAsync(20 * LEASE_MS);
    expect(held?.signal.aborted).toBe(false);
    await held?.release();
  });

  test('a renewal that fails once is made good', async () => {
    const held = await takeLease(processOn({ leases }, 'a'), 'x');
    answers = 'fails';
    await vi.advanceTimersByTimeAsync(LEASE_MS / 2);
    answers = 'yes';
    await vi.advanceTimersByTimeAsync(5 * LEASE_MS);
    expect(held?.signal.aborted).toBe(false);
    await held?.release();
  });

  test.each(['never', 'fails'] as const)('is lost before anybody else may have it when the store %s', async (how) => {
    const held = await takeLease(processOn({ leases }, 'a'), 'x');
    answers = how;
    await vi.advanceTimersByTimeAsync(LEASE_MS);
    expect(held?.signal.reason).toMatchObject({ code: 'LEASE_LOST', retryable: true });
  });

  test('is lost at once when somebody else has it', async () => {
    const held = await takeLease(processOn({ leases }, 'a'), 'x');
    answers = 'no';
    await vi.advanceTimersByTimeAsync(LEASE_MS / 2);
    expect(held?.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
  });
});

function suite(server: string): void {
  let database: TestDatabase;
  let one: Store;
  let other: Store;

  beforeAll(async () => {
    database = await createTestDatabase(server);
    [one, other] = [await openPostgresStore({ url: database.url }), await openPostgresStore({ url: database.url })];
  });
  afterAll(async () => {
    await Promise.all([one.close(), other.close()]);
    await database.drop();
  });

  test('one process leads, and at its stop another at once', async () => {
    const acting: string[] = [];
    const work = (name: string) => async (signal: AbortSignal) => {
      acting.push(name);
      await aborted(signal);
    };
    const first = leading(processOn(one, 'a'), 'test', work('a'));
    await vi.waitFor(() => expect(first.leads).toBe(true));
    const second = leading(processOn(other, 'b'), 'test', work('b'));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect([first.leads, second.leads, acting]).toEqual([true, false, ['a']]);
    await first.stop();
    await vi.waitFor(() => expect(second.leads).toBe(true), { timeout: 5000 });
    expect(acting).toEqual(['a', 'b']);
    await second.stop();
  });

  test('what a killed process held is free when its time is over', async () => {
    await one.leases.take('leader:orphan', 'killed', 1500);
    const heir = leading(processOn(other, 'b'), 'orphan', aborted);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(heir.leads).toBe(false);
    await vi.waitFor(() => expect(heir.leads).toBe(true), { timeout: 8000 });
    await heir.stop();
    expect(await one.leases.list('leader:orphan')).toEqual([]);
  });

  test('work that breaks off is begun again', async () => {
    let attempts = 0;
    const task = leading(processOn(one, 'a'), 'broken', async () => {
      if (++attempts < 3) throw new Error('broken');
    });
    await vi.waitFor(() => expect(attempts).toBe(3), { timeout: 8000 });
    await task.stop();
  });

  test('exclusive work of several processes never overlaps', async () => {
    let inside = 0;
    let most = 0;
    let done = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
      done++;
    };
    const parts = [processOn(one, 'a'), processOn(other, 'b')];
    // In one process the caller keeps the order: one after the other there.
    const turns = parts.map(async (part, at) => {
      for (let turn = 0; turn < 4; turn++) {
        await exclusively({ ...part, settings: { ...part.settings, instance: `p${at}` } }, 'thing', work);
      }
    });
    await Promise.all(turns);
    expect([most, done]).toEqual([1, 8]);
  }, 20_000);

  test('without NATS one process has the database; the same home comes back at once; with NATS many share it', async () => {
    const alone = await beAlone(processOn(one, 'a'));
    await expect(beAlone(processOn(other, 'b'))).rejects.toMatchObject({
      code: 'CONFLICT',
      next: expect.stringContaining('NATS_URL'),
    });
    await expect(join(processOn(other, 'b'), 'persona')).rejects.toMatchObject({ code: 'CONFLICT' });
    const again = await beAlone(processOn(other, 'after-a-crash', { CONTINUUM_HOME: '/a' }));
    await alone.leave();
    await again.leave();
    const sharing = [await join(processOn(one, 'c'), 'persona'), await join(processOn(other, 'd'), 'persona')];
    const names = async () => (await one.leases.list('process:')).map(({ name }) => name);
    await vi.waitFor(async () => expect(await names()).toEqual(['process:persona:c', 'process:persona:d']));
    await expect(beAlone(processOn(other, 'b'))).rejects.toMatchObject({ code: 'CONFLICT' });
    await Promise.all(sharing.map((presence) => presence.leave()));
    expect(await one.leases.list('process:')).toEqual([]);
  });

  test('holders are named by instance', () => {
    expect(holderOf({ instance: 'persona-1' })).toMatch(/^persona-1#[0-9a-f]{8}$/);
  });
}

describe('processes on one PostgreSQL', () => {
  if (testServer === undefined) test.skip('set TEST_DATABASE_URL', () => undefined);
  else suite(testServer);
});
