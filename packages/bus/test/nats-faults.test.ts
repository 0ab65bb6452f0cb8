import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Envelope } from '@continuum/contract/event';
import { EventId, FeedbackId } from '@continuum/contract/ids';
import type { AnyEnvelope, Bus } from '@continuum/contract/ports/bus';
import type { BusPlace } from '@continuum/testing/bus-contract';
import { findNatsServer, type NatsServer, startNats } from '@continuum/testing/servers/nats';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectNats } from '../src/nats/connection.ts';
import { natsPlace } from './nats-place.ts';

const EVENT = 'feedback:given';
const payload = (id: number | string) => ({ feedbackId: FeedbackId.parse(String(id)) });
const idOf = ({ payload: told }: Pick<Envelope, 'payload'>): string => ('feedbackId' in told ? told.feedbackId : '');
const webhook = (text: string) => ({ deliveryId: 'd', event: 'push', payload: { text } });

describe.skipIf(findNatsServer() === undefined)('the NATS bus when something breaks', () => {
  let server: NatsServer;
  let place: BusPlace;
  let buses: Bus[];
  let prefix: string;
  let runs = 0;

  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    runs += 1;
    prefix = `faults-${runs}`;
    buses = [];
    place = natsPlace([server.url], { prefix, redeliverAfterMs: 1500, emitWithinMs: 10_000 });
  });
  afterEach(async () => {
    await Promise.all(buses.map((bus) => bus.close()));
    await place.remove();
  });

  async function open(): Promise<Bus> {
    const bus = await place.open();
    buses.push(bus);
    return bus;
  }

  function collect(bus: Bus, seen: string[], options = {}) {
    const handler = async (event: AnyEnvelope): Promise<void> => void seen.push(idOf(event));
    return bus.subscribe(EVENT, handler, { durable: 'consumer', ...options });
  }

  test('events and dead letters outlive a server killed with -9', async () => {
    const bus = await open();
    const seen: string[] = [];
    await bus.subscribe(EVENT, async () => Promise.reject(new Error('broken')), {
      durable: 'failing',
      maxDeliveries: 1,
    });
    const subscription = await collect(bus, seen);
    const { id } = await bus.emit(EVENT, payload('first'));
    await bus.idle();
    await subscription.stop();
    for (const each of ['a', 'b', 'c']) await bus.emit(EVENT, payload(each));
    await bus.idle();
    await server.kill();
    await server.restart();
    expect((await bus.emit(EVENT, payload('first'), { id })).stored).toBe(false);
    await collect(bus, seen);
    await bus.idle();
    // nats-server writes acknowledgements down a moment later: the last ones before a crash may have to be given again.
    expect(seen.filter((each, index) => index === 0 || each !== 'first')).toEqual(['first', 'a', 'b', 'c']);
    expect((await bus.deadLetters()).map(({ event }) => idOf(event))).toEqual(['c', 'b', 'a', 'first']);
  });

  test('what is emitted while the server is away is stored once when it is back, and reaches old subscribers', async () => {
    const bus = await open();
    const [seen, live]: [string[], string[]] = [[], []];
    await collect(bus, seen);
    await bus.subscribe(EVENT, async (event) => void live.push(idOf(event)));
    await bus.emit(EVENT, payload('before'));
    await bus.idle();
    await server.kill();
    const id = EventId.parse('during');
    const emits = [1, 2, 3].map(() => bus.emit(EVENT, payload('during'), { id }));
    await sleep(300);
    await server.restart();
    await Promise.all(emits);
    await bus.emit(EVENT, payload('after'));
    await bus.idle();
    expect((await bus.recent(10)).map(idOf)).toEqual(['after', 'during', 'before']);
    expect(seen).toEqual(['before', 'during', 'after']);
    await bus.close();
    expect(live).toEqual(['before', 'during', 'after']);
  });

  test('a server that stays away is BUS_UNAVAILABLE, to be tried again', async () => {
    const impatient = natsPlace([server.url], { prefix, emitWithinMs: 300 });
    const bus = await impatient.open();
    await server.kill();
    const refused = bus.emit(EVENT, payload('a'));
    await expect(refused).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });
    await server.restart();
    await expect
      .poll(() =>
        bus.emit(EVENT, payload('b')).then(
          ({ stored }) => stored,
          () => false,
        ),
      )
      .toBe(true);
    expect((await bus.recent(10)).map(idOf)).toEqual(['b']);
    await bus.close();
    await impatient.remove();
  });

  test('a handler that runs while the server restarts is not run again: its end is said when the server is back', async () => {
    const bus = await open();
    const seen: string[] = [];
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const handler = async (event: AnyEnvelope): Promise<void> => {
      seen.push(idOf(event));
      begun.resolve();
      await release.promise;
    };
    await bus.subscribe(EVENT, handler, { durable: 'consumer' });
    await bus.emit(EVENT, payload('a'));
    await begun.promise;
    await server.kill();
    release.resolve();
    await server.restart();
    await bus.idle();
    await sleep(2000);
    expect(seen).toEqual(['a']);
  });

  test('a handler that is slower than the redelivery keeps its event by its sign of life', async () => {
    const bus = await open();
    const seen: string[] = [];
    const handler = async (event: AnyEnvelope): Promise<void> => {
      seen.push(idOf(event));
      await sleep(4000);
    };
    await bus.subscribe(EVENT, handler, { durable: 'consumer', concurrency: 4 });
    await bus.emit(EVENT, payload('a'));
    await bus.idle();
    expect(seen).toEqual(['a']);
  });

  test('two processes share a durable consumer: each event is handled by one of them', async () => {
    const [one, other] = [await open(), await open()];
    const [first, second]: [string[], string[]] = [[], []];
    await collect(one, first, { concurrency: 2 });
    await collect(other, second, { concurrency: 2 });
    await Promise.all(Array.from({ length: 200 }, (_, index) => one.emit(EVENT, payload(index))));
    await one.idle();
    expect([...first, ...second].map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(Math.min(first.length, second.length)).toBeGreaterThan(0);
  });

  test('what a process killed with -9 had in hand is handled by another', async () => {
    const bus = await open();
    const program = fileURLToPath(new URL('./nats-hang.ts', import.meta.url));
    const child = spawn(process.execPath, [program, server.url, prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await bus.emit(EVENT, payload('a'));
    await once(child.stdout, 'data');
    const seen: string[] = [];
    await collect(bus, seen);
    await bus.emit(EVENT, payload('b'));
    await expect.poll(() => seen).toEqual(['b']);
    child.kill('SIGKILL');
    await bus.idle();
    expect(seen).toEqual(['b', 'a']);
  });

  test('an event larger than the server takes travels compressed, and is refused when that is not enough', async () => {
    const bus = await open();
    const lengths: number[] = [];
    const handler = async (event: AnyEnvelope): Promise<void> => {
      if (event.name === 'webhook:github:push') lengths.push(String(event.payload.payload.text).length);
    };
    await bus.subscribe('webhook:github:push', handler, { durable: 'pushes' });
    await bus.emit('webhook:github:push', webhook('a'.repeat(3_000_000)));
    await bus.idle();
    expect(lengths).toEqual([3_000_000]);
    const random = randomBytes(2_000_000).toString('base64');
    await expect(bus.emit('webhook:github:push', webhook(random))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  test('a stream that is full refuses what is new and keeps what it has', async () => {
    const bus = await open();
    const link = await connectNats({ servers: [server.url] });
    const manager = await jetstreamManager(link.connection);
    await manager.streams.update(`${prefix}-events`, { max_msgs: 2 });
    for (const each of ['a', 'b']) await bus.emit(EVENT, payload(each));
    const refused = bus.emit(EVENT, payload('c'));
    await expect(refused).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
    expect((await bus.recent(10)).map(idOf)).toEqual(['b', 'a']);
    await link.close();
  });

  test('events that grew too old before a consumer came back are not passed over in silence', async () => {
    const warnings: object[] = [];
    const log = { warn: (about: object) => void warnings.push(about), error: () => undefined };
    const told = natsPlace([server.url], { prefix, log, keepDays: 1 / 86_400 });
    const bus = await told.open();
    const subscription = await collect(bus, []);
    await subscription.stop();
    for (const each of ['a', 'b']) await bus.emit(EVENT, payload(each));
    await expect.poll(() => bus.recent(10), { timeout: 10_000, interval: 200 }).toEqual([]);
    const seen: string[] = [];
    await collect(bus, seen);
    await bus.emit(EVENT, payload('c'));
    await bus.idle();
    expect(seen).toEqual(['c']);
    expect(warnings).toEqual([{ consumer: 'consumer', atMost: 2 }]);
    await bus.close();
    await told.remove();
  });

  test('a large event that fails becomes a dead letter and comes back whole', async () => {
    const bus = await open();
    const lengths: number[] = [];
    const handler = async (event: AnyEnvelope): Promise<void> => {
      if (event.name === 'webhook:github:push') lengths.push(String(event.payload.payload.text).length);
      if (lengths.length === 1) throw new Error('why '.repeat(100_000));
    };
    await bus.subscribe('webhook:github:push', handler, { durable: 'pushes', maxDeliveries: 1 });
    const text = randomBytes(750_000).toString('base64');
    const { id } = await bus.emit('webhook:github:push', webhook(text));
    await bus.idle();
    expect(await bus.deadLetters()).toMatchObject([{ consumer: 'pushes', event: { payload: webhook(text) } }]);
    await bus.replay('pushes', id);
    await bus.idle();
    await expect.poll(() => lengths).toEqual([1_000_000, 1_000_000]);
  });

  test('a bus that opens brings the streams of an older one to its settings', async () => {
    await open();
    const longer = natsPlace([server.url], { prefix, keepDays: 14 });
    await (await longer.open()).close();
    const link = await connectNats({ servers: [server.url] });
    const manager = await jetstreamManager(link.connection);
    const { config } = await manager.streams.info(`${prefix}-events`);
    expect(config).toMatchObject({
      max_age: 14 * 86_400e9,
      duplicate_window: 3 * 86_400e9,
      discard: 'new',
      storage: 'file',
    });
    await link.close();
    await longer.remove();
  });
});
