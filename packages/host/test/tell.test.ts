import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus } from '@continuum/bus/embedded';
import { EventId, FeedbackId } from '@continuum/contract/ids';
import type { Bus } from '@continuum/contract/ports/bus';
import type { Store } from '@continuum/contract/ports/store';
import { createCommands } from '@continuum/host/commands';
import { createOutbox } from '@continuum/host/outbox';
import { transactAndTell } from '@continuum/host/tell';
import { openPgliteStore } from '@continuum/store/pglite';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

const log = pino({ level: 'silent' });
const now = () => new Date();
const fb = (text: string) => ({ feedbackId: FeedbackId.parse(text) });
const dead: Pick<Bus, 'emit'> = {
  emit: () => Promise.reject(new Error('the process died between the commit and this')),
};

let folder = '';
let store: Store;
let bus: Bus;
/** Ids of events that a durable consumer was handed. */
let heard: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tell-'));
  store = await openPgliteStore({ folder: join(folder, 'store') });
  bus = createEmbeddedBus({ stream: store.stream, now, log });
  await bus.subscribe('feedback:given', async ({ id }) => void heard.push(id), { durable: 'listener' });
}, 60_000);
beforeEach(() => {
  heard = [];
});
afterAll(async () => {
  await bus.close();
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a process does that starts after the crash. */
async function restarted(work: () => Promise<void>): Promise<void> {
  const outbox = createOutbox({ store, bus, commands: createCommands(store), now, log, metrics: new Registry() });
  await outbox.start();
  await work();
  await outbox.stop();
}

describe('telling after the commit', () => {
  test('everybody hears at once, once, in order, and nothing is left to do', async () => {
    await transactAndTell({ store, bus, log }, async (_, tell) => {
      for (const id of ['a1', 'a2', 'a3']) await tell('feedback:given', fb(id), EventId.parse(id));
    });
    await bus.idle();
    expect(heard).toEqual(['a1', 'a2', 'a3']);
    expect(await store.outbox.pending()).toBe(0);
    await restarted(async () => {});
    await bus.idle();
    expect(heard).toHaveLength(3);
  });

  test('a process that dies after the commit loses nothing: the outbox tells, once', async () => {
    await transactAndTell({ store, bus: dead, log }, async (tx, tell) => {
      await tx.values.set('kept', 1);
      await tell('feedback:given', fb('b1'), EventId.parse('b1'));
    });
    expect([await store.values.get('kept'), await store.outbox.pending()]).toEqual([1, 1]);
    await restarted(async () => {
      await vi.waitFor(() => expect(heard).toEqual(['b1']), { timeout: 10_000 });
      await vi.waitFor(async () => expect(await store.outbox.pending()).toBe(0), { timeout: 10_000 });
    });
    await bus.idle();
    expect(heard).toEqual(['b1']);
  });

  test('one that dies between telling and noting it tells twice, and it is heard once', async () => {
    const forgetful = { ...store, outbox: { ...store.outbox, complete: () => Promise.reject(new Error('died')) } };
    await transactAndTell({ store: forgetful, bus, log }, (_, tell) =>
      tell('feedback:given', fb('c1'), EventId.parse('c1')),
    );
    await restarted(() => vi.waitFor(async () => expect(await store.outbox.pending()).toBe(0), { timeout: 10_000 }));
    await bus.idle();
    expect(heard).toEqual(['c1']);
  });

  test('what is not committed is never told', async () => {
    const work = transactAndTell({ store, bus, log }, async (tx, tell) => {
      await tx.values.set('undone', 1);
      await tell('feedback:given', fb('d1'), EventId.parse('d1'));
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    await restarted(async () => {});
    await bus.idle();
    expect([heard, await store.values.get('undone')]).toEqual([[], undefined]);
  });
});
