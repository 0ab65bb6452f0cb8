import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandHandler } from '@continuum/contract/command';
import { EventId } from '@continuum/contract/ids';
import type { Bus } from '@continuum/contract/ports/bus';
import type { Journal } from '@continuum/contract/ports/journal';
import { createIntake, type Intake } from '@continuum/daemon-intake/intake';
import type { IntakeRuntime } from '@continuum/daemon-intake/runtime';
import type { Disk } from '@continuum/journal/disk';
import { openJournal } from '@continuum/journal/journal';
import { nodeDisk } from '@continuum/journal/node-disk';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

const SECRET = 'a-webhook-secret';
const NEVER = new Promise<void>(() => {});

let root = '';
let journal: Journal;
let intake: Intake;
let replay: CommandHandler<'deliveries/replay'>;
let metrics: Registry;
/** Ids of events in the order of the calls of `emit`. */
let begun: string[];
/** Ids of events that are stored. */
let stored: Set<string>;
/** What a call of `emit` waits for, or throws. */
let hinder: (id: string) => Promise<void>;
/** What a sync of a file waits for, or throws. */
let beforeSync: () => Promise<void>;
let count = 0;

const bus: Pick<Bus, 'emit'> = {
  async emit(_name, _payload, options) {
    const id = String(options?.id);
    begun.push(id);
    await hinder(id);
    const isNew = !stored.has(id);
    stored.add(id);
    return { id: EventId.parse(id), stored: isNew };
  },
};

const disk: Disk = {
  ...nodeDisk,
  open: async (file, flags) => {
    const opened = await nodeDisk.open(file, flags);
    return { ...opened, datasync: async () => beforeSync().then(() => opened.datasync()) };
  },
};

async function open(folder: string): Promise<void> {
  journal = await openJournal({ folder, disk });
  const runtime: IntakeRuntime = {
    ...{ journal, bus, metrics, now: () => new Date(), log: pino({ level: 'silent' }) },
    // A store that syncs each commit: what is handed on is checkpointed at once.
    settings: { webhookSecrets: { github: SECRET }, databaseUrl: 'postgres://localhost/none', nats: undefined },
    commands: {
      register(name, handler) {
        if (name === 'deliveries/replay') Object.assign(handlers, { replay: handler });
      },
    },
  };
  const handlers: { replay?: typeof replay } = {};
  intake = createIntake(runtime);
  await intake.start();
  replay = (input, context) => handlers.replay?.(input, context) ?? Promise.reject(new Error('not registered'));
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'intake-'));
});
beforeEach(async () => {
  begun = [];
  stored = new Set();
  hinder = async () => {};
  beforeSync = async () => {};
  metrics = new Registry();
  count += 1;
  await open(join(root, String(count)));
});
afterEach(async () => {
  await intake.stop();
  await journal.close();
});
afterAll(() => rm(root, { recursive: true, force: true }));

function deliver(deliveryId: string, body = '{"action":"opened"}', event = 'push') {
  const rawBody = Buffer.from(body);
  const signature = `sha256=${createHmac('sha256', SECRET).update(rawBody).digest('hex')}`;
  const headers = {
    'x-github-delivery': deliveryId,
    'x-github-event': event,
    'x-hub-signature-256': signature,
  };
  return intake.accept('github', headers, rawBody);
}

const idsIn = (entries: ReturnType<Journal['all']>) => Array.fromAsync(entries, ({ record }) => record.id);
const names = (length: number) => Array.from({ length }, (_, index) => `github:${index}`);

test('a delivery is answered when it is on disk, kept byte for byte, and handed on once however often it comes', async () => {
  const body = '{"text":"ü€😀"}';
  expect(await deliver('a', body)).toEqual({ status: 202, body: { status: 'accepted', id: 'github:a' } });
  expect(await deliver('a', body)).toEqual({ status: 202, body: { status: 'duplicate', id: 'github:a' } });
  expect((await journal.find('github:a'))?.body).toBe(body);
  await vi.waitFor(() => expect([...stored]).toEqual(['github:a']));
  expect(begun).toEqual(['github:a']);
  const lines = (await metrics.metrics()).split('\n');
  expect(lines).toContain('continuum_intake_accepted_total{result="accepted"} 1');
  expect(lines).toContain('continuum_intake_accepted_total{result="duplicate"} 1');
  expect(lines).toContain('continuum_intake_append_seconds_count 1');
  expect(lines).toContain('continuum_intake_handed_on_total 1');
  expect(lines).toContain('continuum_intake_pending_bytes 0');
  expect(lines).toContain('continuum_intake_queued_bytes 0');
});

test('a delivery that comes again while it is being written is written once, and answered no sooner', async () => {
  const gate = Promise.withResolvers<void>();
  beforeSync = () => gate.promise;
  let answered = 0;
  const answers = Array.from({ length: 5 }, () => deliver('a').finally(() => (answered += 1)));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(answered).toBe(0);
  gate.resolve();
  const statuses = (await Promise.all(answers)).map(({ body }) => JSON.stringify(body));
  expect(statuses.filter((status) => status.includes('accepted'))).toHaveLength(1);
  expect(statuses.filter((status) => status.includes('duplicate'))).toHaveLength(4);
  expect(await idsIn(journal.all())).toEqual(['github:a']);
});

test('a disk that fails is no acknowledgement: 503 with Retry-After, also for the one that came again; later it is new', async () => {
  beforeSync = () => Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
  for (const answer of await Promise.all([deliver('a'), deliver('a')])) {
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) } });
  }
  beforeSync = async () => {};
  expect(await deliver('a')).toMatchObject({ status: 202, body: { status: 'accepted' } });
  expect(await idsIn(journal.all())).toEqual(['github:a']);
  expect(await metrics.metrics()).toContain('continuum_intake_refused_total{code="OVERLOADED"} 2');
});

test('a disk that stalls keeps no sender waiting; what is written after all is known when it comes again', async () => {
  const gate = Promise.withResolvers<void>();
  beforeSync = () => gate.promise;
  const began = performance.now();
  expect(await deliver('a')).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  expect(performance.now() - began).toBeLessThan(10_000);
  gate.resolve();
  await vi.waitFor(() => expect(stored.has('github:a')).toBe(true));
  expect(await deliver('a')).toMatchObject({ status: 202, body: { status: 'duplicate' } });
});

test('records are handed on in order, several at a time', async () => {
  const gate = Promise.withResolvers<void>();
  hinder = () => gate.promise;
  for (let id = 0; id < 20; id += 1) await deliver(String(id));
  await vi.waitFor(() => expect(begun).toHaveLength(20));
  expect(begun).toEqual(names(20));
  expect(stored.size).toBe(0);
  gate.resolve();
  await vi.waitFor(() => expect(stored.size).toBe(20));
  await vi.waitFor(() => expect(journal.pendingBytes()).toBe(0));
});

test('one that fails is tried again until it is through, and those after it wait: none is skipped or overtakes', async () => {
  let failures = 2;
  hinder = async (id) => {
    if (id !== 'github:0' || failures === 0) return;
    failures -= 1;
    throw new Error('the bus is away');
  };
  await deliver('0');
  await vi.waitFor(() => expect(begun.length).toBeGreaterThan(0));
  for (let id = 1; id < 5; id += 1) await deliver(String(id));
  await vi.waitFor(() => expect(stored.size).toBe(5), 5_000);
  expect([...stored]).toEqual(names(5));
  expect(begun).toEqual(['github:0', 'github:0', ...names(5)]);
});

test('the checkpoint stops before the first record that is not handed on', async () => {
  hinder = (id) => (id === 'github:1' ? NEVER : Promise.resolve());
  for (let id = 0; id < 4; id += 1) await deliver(String(id));
  await vi.waitFor(() => expect(stored.size).toBe(3));
  await vi.waitFor(async () => expect(await idsIn(journal.pending())).toHaveLength(3));
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(await idsIn(journal.pending())).toEqual(['github:1', 'github:2', 'github:3']);
  hinder = async () => {};
  await journal.close();
  await open(join(root, String(count)));
  await vi.waitFor(() => expect(stored.size).toBe(4));
});

test('a record that nobody can ever read is kept, and does not hold up the others', async () => {
  const record = { source: 'github', event: 'push', at: new Date().toISOString() };
  await journal.append({ ...record, id: 'github:broken', body: '{"action":' });
  await journal.append({ ...record, id: 'github:list', body: '[1]' });
  await deliver('next');
  await vi.waitFor(() => expect([...stored]).toEqual(['github:next']));
  await vi.waitFor(() => expect(journal.pendingBytes()).toBe(0));
  expect(await journal.find('github:broken')).toMatchObject({ body: '{"action":' });
});

test('it starts at once whatever is pending, brings it in the background, and a stop in the middle loses nothing', async () => {
  await intake.stop();
  const record = { source: 'github', event: 'push', at: new Date().toISOString(), body: '{}' };
  await Promise.all(names(3000).map((id) => journal.append({ ...record, id })));
  await journal.close();
  const gate = Promise.withResolvers<void>();
  hinder = () => gate.promise;
  await open(join(root, String(count)));
  await vi.waitFor(() => expect(begun.length).toBeGreaterThan(0));
  // No more than a few are in memory, and the door is open meanwhile.
  expect(begun.length).toBeLessThan(100);
  expect(await deliver('while')).toMatchObject({ status: 202 });
  const stopping = intake.stop();
  gate.resolve();
  await stopping;
  expect(stored.size).toBeLessThan(100);
  await journal.close();
  hinder = async () => {};
  await open(join(root, String(count)));
  await vi.waitFor(() => expect(stored.size).toBe(3001), 10_000);
  expect([...stored]).toEqual([...names(3000), 'github:while']);
}, 20_000);

test('what was proven otherwise is taken in without a signature, once: known to the journal or to the store', async () => {
  const delivery = { deliveryId: 'a', event: 'push', body: '{"missed":true}' };
  expect(await intake.takeIn('github', delivery)).toBe(true);
  expect(await intake.takeIn('github', delivery)).toBe(false);
  expect((await journal.find('github:a'))?.body).toBe('{"missed":true}');
  stored.add('github:b');
  expect(await intake.takeIn('github', { ...delivery, deliveryId: 'b' })).toBe(false);
  hinder = () => Promise.reject(new Error('the bus is away'));
  expect(await intake.takeIn('github', { ...delivery, deliveryId: 'c' })).toBe(true);
  hinder = async () => {};
  await vi.waitFor(() => expect(stored.has('github:c')).toBe(true), 5_000);
});

test('deliveries/replay hands a kept delivery on as a new event, and says what to do about one it does not keep', async () => {
  await deliver('a', '{"action":"opened"}', 'pull_request');
  await deliver('star', '{}', 'star');
  await vi.waitFor(() => expect(stored.size).toBe(1));
  const context = { caller: { kind: 'operator', id: 'ada' } } as const;
  const answer = await replay({ source: 'github', deliveryId: 'a' }, context);
  expect(answer).toMatchObject({ event: 'pull_request', id: expect.stringMatching(/^github:a:replay:/) });
  expect(stored.has(answer.id)).toBe(true);
  const unknown = replay({ source: 'github', deliveryId: 'never' }, context);
  await expect(unknown).rejects.toMatchObject({ code: 'NOT_FOUND', next: expect.stringContaining('seven days') });
  const unhandled = replay({ source: 'github', deliveryId: 'star' }, context);
  await expect(unhandled).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('deliveries are let in by a budget before they are read, and refused with Retry-After beyond it', async () => {
  const large = intake.admit(60 << 20);
  expect(large).toHaveProperty('release');
  expect(intake.admit(10 << 20)).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) } });
  expect(intake.admit(1 << 20)).toHaveProperty('release');
  if ('release' in large) large.release();
  expect(intake.admit(10 << 20)).toHaveProperty('release');
  const gate = Promise.withResolvers<void>();
  beforeSync = () => gate.promise;
  const answers = Array.from({ length: 400 }, (_, id) =>
    'release' in intake.admit(50) ? deliver(String(id)) : undefined,
  );
  const working = answers.filter((answer) => answer !== undefined);
  expect(working.length).toBeGreaterThan(100);
  expect(working.length).toBeLessThan(400);
  gate.resolve();
  await Promise.all(working);
  expect(intake.admit(50)).toHaveProperty('release');
});

test('right after deliveries had to be refused fewer are let in at once', async () => {
  const gate = Promise.withResolvers<void>();
  beforeSync = () => gate.promise;
  const offer = (from: number) =>
    Array.from({ length: 400 }, (_, id) => ('release' in intake.admit(50) ? deliver(String(from + id)) : undefined));
  const first = offer(0).filter((answer) => answer !== undefined);
  gate.resolve();
  await Promise.all(first);
  const again = Promise.withResolvers<void>();
  beforeSync = () => again.promise;
  const second = offer(1000).filter((answer) => answer !== undefined);
  again.resolve();
  await Promise.all(second);
  expect(second.length).toBeGreaterThan(0);
  expect(second.length).toBeLessThan(first.length / 2);
});

test('senders whose bodies are slow take no place of those that are here', async () => {
  const slow = Array.from({ length: 1000 }, () => intake.admit(1000));
  expect(slow.every((place) => 'release' in place)).toBe(true);
  expect(await deliver('a')).toMatchObject({ status: 202 });
  const more = Array.from({ length: 3000 }, () => intake.admit(1000));
  expect(more.some((place) => 'status' in place && place.status === 503)).toBe(true);
});
