import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { DeliverySource, MissedDelivery } from '@continuum/contract/ports/delivery-source';
import type { Store } from '@continuum/contract/ports/store';
import { createReconcile } from '@continuum/daemon-intake/reconcile';
import { createCommands } from '@continuum/host/commands';
import { readReconciled } from '@continuum/host/reconciled';
import type { Daemon } from '@continuum/host/runtime';
import { readSettings } from '@continuum/host/settings';
import { openPgliteStore } from '@continuum/store/pglite';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

const HOUR_MS = 3_600_000;
const operator: CommandContext = { caller: { kind: 'operator', id: 'ada' } };
const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS);

let folder = '';
let store: Store;
let commands: ReturnType<typeof createCommands>;
/** What the source could not deliver. */
let missed: MissedDelivery[];
/** What was asked of it. */
let asked: { since: Date; until: Date }[];
/** Thrown by the source before its n-th delivery. */
let fails: Map<number, Error>;
let taken: string[];
let daemon: Daemon | undefined;

const source: DeliverySource = {
  source: 'github',
  async *missed(since, until) {
    asked.push({ since, until });
    const within = missed.filter(({ at }) => at >= since.toISOString() && at <= until.toISOString());
    for (const [index, delivery] of within.entries()) {
      const failure = fails.get(index);
      if (failure !== undefined) throw failure;
      yield delivery;
    }
  },
};

async function start(takeIn?: (id: string) => Promise<boolean>): Promise<void> {
  const runtime = {
    ...{ store, commands, now: () => new Date(), log: pino({ level: 'silent' }), deliverySources: [source] },
    settings: readSettings({ CONTINUUM_HOME: folder }),
  };
  const known = new Set(taken);
  daemon = createReconcile(runtime, {
    takeIn: async (_source, { deliveryId }) => {
      if (takeIn !== undefined && !(await takeIn(deliveryId))) return false;
      if (known.has(deliveryId)) return false;
      known.add(deliveryId);
      taken.push(deliveryId);
      return true;
    },
  });
  await daemon.start();
}

const outage = (count: number): MissedDelivery[] =>
  Array.from({ length: count }, (_, index) => ({
    deliveryId: `delivery-${index}`,
    event: 'push',
    at: ago(70 - (60 * index) / count).toISOString(),
    body: '{}',
  }));
const ids = (deliveries: readonly MissedDelivery[]) => deliveries.map(({ deliveryId }) => deliveryId);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reconcile-'));
  store = await openPgliteStore({ folder: join(folder, 'store') });
}, 60_000);
beforeEach(async () => {
  await store.values.delete('reconcile:github');
  commands = createCommands(store);
  missed = outage(120);
  asked = [];
  fails = new Map();
  taken = [];
});
afterEach(async () => {
  await daemon?.stop();
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

describe('reconciling', () => {
  test('runs by itself at the start, over the last 72 hours at first', async () => {
    await start();
    await vi.waitFor(async () => expect(await readReconciled(store.values, 'github')).toEqual(asked[0]?.until));
    expect(taken).toEqual(ids(missed));
    expect(Math.abs((asked[0]?.since.getTime() ?? 0) - ago(72).getTime())).toBeLessThan(60_000);
  });

  test('the next run begins where the last one ended, some minutes before; somebody may ask for more', async () => {
    await start();
    await vi.waitFor(() => expect(taken).toHaveLength(120));
    const again = await commands.execute('deliveries/reconcile', {}, operator);
    expect(again).toMatchObject({ source: 'github', missed: 0, accepted: 0 });
    expect((asked[0]?.until.getTime() ?? 0) - Date.parse(again.since)).toBe(10 * 60_000);
    const since = ago(70.5).toISOString();
    expect(await commands.execute('deliveries/reconcile', { since }, operator)).toMatchObject({
      missed: 120,
      accepted: 0,
    });
    const older = await commands.execute('deliveries/reconcile', { since: ago(500).toISOString() }, operator);
    expect(Math.abs(Date.parse(older.since) - ago(72).getTime())).toBeLessThan(60_000);
  });

  test('broken off by a rate limit it goes on later, from where it was', async () => {
    const limit = new ContinuumError('CODE_HOST_UNAVAILABLE', 'rate limit', { retryable: true, retryAfterMs: 1 });
    fails.set(60, limit);
    await start();
    await vi.waitFor(() => expect(taken).toHaveLength(60), { timeout: 5_000 });
    fails.clear();
    await vi.waitFor(() => expect(taken).toEqual(ids(missed)), { timeout: 10_000 });
    // 50 were written down as done: only a few are looked at again.
    const reached = Date.parse(missed[49]?.at ?? '');
    expect(asked.at(-1)?.since.getTime()).toBe(reached - 10 * 60_000);
  });

  test('ended in the middle and started again: each is taken in once', async () => {
    const gate = Promise.withResolvers<void>();
    await start(async (id) => {
      if (id === 'delivery-70') await gate.promise;
      return true;
    });
    await vi.waitFor(() => expect(taken).toHaveLength(70), { timeout: 5_000 });
    const stopped = daemon?.stop();
    gate.resolve();
    await stopped;
    expect(taken.length).toBeLessThan(120);
    commands = createCommands(store);
    await start();
    await vi.waitFor(() => expect(taken).toEqual(ids(missed)), { timeout: 5_000 });
  });

  test('waits while intake is full', async () => {
    let refusals = 0;
    await start(async () => {
      refusals += 1;
      if (refusals <= 3) throw new ContinuumError('OVERLOADED', 'full', { retryAfterMs: 5 });
      return true;
    });
    await vi.waitFor(() => expect(taken).toEqual(ids(missed)), { timeout: 5_000 });
  });

  test('a run over the newest hour forgets nothing of the time before', async () => {
    fails.set(0, new ContinuumError('CODE_HOST_REJECTED', 'no permission'));
    await start();
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    fails.clear();
    await commands.execute('deliveries/reconcile', { since: ago(1).toISOString() }, operator);
    expect(await readReconciled(store.values, 'github')).toBeUndefined();
    await commands.execute('deliveries/reconcile', {}, operator);
    expect(taken).toEqual(ids(missed));
  });

  test('a source that cannot be asked says what to set', async () => {
    await start();
    const call = commands.execute('deliveries/reconcile', { source: 'slack' }, operator);
    await expect(call).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
