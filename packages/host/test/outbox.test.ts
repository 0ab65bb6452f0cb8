import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { Store } from '@continuum/contract/ports/store';
import { type CommandRegistry, createCommands } from '@continuum/host/commands';
import { createOutbox, type Outbox, type OutboxParts } from '@continuum/host/outbox';
import { readTargets } from '@continuum/host/outbox/targets';
import { openPgliteStore } from '@continuum/store/pglite';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const PATIENCE = { timeout: 30_000, interval: 20 };
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });
const comment = (body: string, pr = 1) => ({ repo: 'acme/shop', pr, body });
const away = () => new ContinuumError('CODE_HOST_UNAVAILABLE', 'GitHub is away', { retryable: true });

let folder = '';
let store: Store;
let commands: CommandRegistry;
let emitted: string[];
/** How far the clock of the outbox runs ahead, in ms. */
let ahead = 0;
const running: Outbox[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outbox-'));
  store = await openPgliteStore({ folder });
  commands = createCommands(store);
  emitted = [];
  ahead = 0;
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((outbox) => outbox.stop()));
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function parts(): OutboxParts {
  return {
    ...{ store, commands, log: pino({ level: 'silent' }), metrics: new Registry() },
    now: () => new Date(Date.now() + ahead),
    bus: {
      emit: async (name, _payload, options) => {
        const id = options?.id;
        if (id === undefined) throw new Error('an event of the outbox has its id');
        emitted.push(`${name} ${id}`);
        return { id, stored: true };
      },
    },
  };
}

async function started(own = parts()): Promise<Outbox> {
  const outbox = createOutbox(own);
  running.push(outbox);
  await outbox.start();
  return outbox;
}

/** Handles comments; answers with their bodies in the order in which they began and ended. */
function handling(perform: (body: string, context: CommandContext) => Promise<void>) {
  const order: string[] = [];
  commands.register('github/comment', async ({ body }, context) => {
    order.push(`${body} begins`);
    await perform(body, context);
    order.push(`${body} ends`);
    return { externalId: body };
  });
  return order;
}

/** Lets time pass for the outbox, but not for what it has in hand: its leases would seem to run out. */
async function later(outbox: Outbox, ms: number): Promise<void> {
  await vi.waitFor(async () => expect((await store.outbox.counts()).running).toBe(0), { ...PATIENCE, interval: 1 });
  ahead += ms;
  outbox.poke();
  await new Promise((resolve) => setTimeout(resolve, 2));
}

const state = async (key: string) => (await store.outbox.byKey(key))?.state;

describe('the outbox', () => {
  test('what a stop keeps from being performed is due at once after the restart', async () => {
    const begun = Promise.withResolvers<void>();
    const slow = Promise.withResolvers<void>();
    const order = handling(async () => {
      begun.resolve();
      await slow.promise;
    });
    await commands.enqueue('github/comment', comment('one'), 'one');
    await commands.enqueue('github/comment', comment('two'), 'two');
    const before = await started();
    await begun.promise;
    const stopped = before.stop();
    slow.resolve();
    await stopped;
    expect(order).toEqual(['one begins', 'one ends']);
    expect(await store.outbox.byKey('two')).toMatchObject({ state: 'pending', attempts: 0 });
  });

  test('one pull request keeps its order while a slow one holds up nobody, and two processes perform each once', async () => {
    const slow = Promise.withResolvers<void>();
    const order = handling(async (body) => {
      if (body === 'slow') await slow.promise;
    });
    await commands.enqueue('github/comment', comment('slow', 1), 'slow');
    await commands.enqueue('github/comment', comment('behind', 1), 'behind');
    const others = Array.from({ length: 12 }, (_, index) => `other ${index}`);
    for (const [index, body] of others.entries())
      await commands.enqueue('github/comment', comment(body, 2 + (index % 3)), body);
    await Promise.all([started(), started()]);
    await vi.waitFor(async () => {
      for (const body of others) expect(await state(body)).toBe('done');
    }, PATIENCE);
    expect(await state('behind')).toBe('pending');
    slow.resolve();
    await vi.waitFor(async () => expect(await state('behind')).toBe('done'), PATIENCE);
    expect(order.filter((each) => each.endsWith('begins')).sort()).toEqual(
      ['slow', 'behind', ...others].map((body) => `${body} begins`).sort(),
    );
    for (const pr of [0, 1, 2]) {
      const ofThread = others
        .filter((_, index) => index % 3 === pr)
        .flatMap((body) => [`${body} begins`, `${body} ends`]);
      expect(order.filter((each) => ofThread.includes(each))).toEqual(ofThread);
    }
  });

  test('a hung target does not hold up events', async () => {
    const hangs = Promise.withResolvers<void>();
    handling(() => hangs.promise);
    for (const pr of [1, 2, 3, 4, 5]) await commands.enqueue('github/comment', comment('hangs', pr), `hangs ${pr}`);
    const input = { id: 'evt_1', name: 'feedback:given', payload: { feedbackId: 'fb_1' } };
    const outbox = await started();
    await vi.waitFor(async () => expect(await state('hangs 4')).toBe('running'), PATIENCE);
    await store.outbox.enqueue({ key: 'event:evt_1', command: 'event/emit', input });
    outbox.poke();
    await vi.waitFor(() => expect(emitted).toEqual(['feedback:given evt_1']), PATIENCE);
    await vi.waitFor(async () => expect(await state('event:evt_1')).toBe('done'), PATIENCE);
    hangs.resolve();
  });

  test('an outage of hours makes no dead letters and uses few calls; when it is over everything happens', async () => {
    let isAway = true;
    let calls = 0;
    const order = handling(async () => {
      calls += 1;
      if (isAway) throw away();
    });
    const keys = Array.from({ length: 30 }, (_, index) => `effect ${index}`);
    for (const [index, key] of keys.entries()) await commands.enqueue('github/comment', comment(key, index + 1), key);
    const outbox = await started();
    // Twenty hours in steps of ten minutes.
    for (let step = 0; step < 120; step++) await later(outbox, 600_000);
    expect((await store.outbox.counts()).dead).toBe(0);
    // 30 effects tried at each step would be 3 600 calls.
    expect(calls).toBeLessThan(300);
    const [github] = await readTargets(store.values, ['github'], new Date());
    expect(github).toMatchObject({ target: 'github', state: 'open', error: expect.stringContaining('GitHub is away') });
    await later(outbox, 0);
    await later(outbox, 0);
    isAway = false;
    // In steps shorter than a lease, so that none seems to run out.
    await vi.waitFor(async () => {
      await later(outbox, 100_000);
      expect((await store.outbox.counts()).done).toBe(keys.length);
    }, PATIENCE);
    expect(order.filter((each) => each.endsWith('ends'))).toHaveLength(keys.length);
    expect((await readTargets(store.values, ['github'], new Date()))[0]).toMatchObject({
      state: 'closed',
      failures: 0,
    });
  });

  test('what fails for more than a day is given up, once, with its audit', async () => {
    handling(async () => {
      throw away();
    });
    await commands.enqueue('github/comment', comment('old'), 'old');
    const outbox = await started();
    await vi.waitFor(async () => {
      await later(outbox, 3_600_000);
      expect(await state('old')).toBe('dead');
    }, PATIENCE);
    const entry = await store.outbox.byKey('old');
    expect(entry?.attempts).toBeGreaterThanOrEqual(12);
    await vi.waitFor(async () => expect(await store.audit.list()).toHaveLength(1), PATIENCE);
    expect(await store.audit.list()).toMatchObject([
      { actor: 'system:outbox', action: 'github/comment', detail: { key: 'old', outcome: 'failed' } },
    ]);
  });

  test('the metrics say what waits, what died, how targets are and how long it took', async () => {
    handling(async (body) => {
      if (body === 'refused') throw new ContinuumError('CODE_HOST_REJECTED', 'no permission');
    });
    await commands.enqueue('github/comment', comment('fine'), 'fine');
    await commands.enqueue('github/comment', comment('refused', 2), 'refused');
    const own = parts();
    await started(own);
    await vi.waitFor(
      async () => expect([await state('fine'), await state('refused')]).toEqual(['done', 'dead']),
      PATIENCE,
    );
    await running[0]?.stop();
    const text = await own.metrics.metrics();
    expect(text).toContain('continuum_outbox_entries{state="dead"} 1');
    expect(text).toContain('continuum_outbox_breaker_state{target="github"} 0');
    expect(text).toContain('continuum_outbox_latency_seconds_count{command="github/comment"} 1');
    expect(text).toContain('continuum_outbox_failures_total{command="github/comment",final="true"} 1');
  });
});
