import {
  type BroadcastName,
  type BroadcastPayload,
  type Envelope,
  type EventName,
  type EventPayload,
  matchesPattern,
} from '@continuum/contract/event';
import type { EventId } from '@continuum/contract/ids';
import type {
  Bus,
  DeadLetter,
  EmitOptions,
  Handler,
  SubscribeOptions,
  Subscription,
} from '@continuum/contract/ports/bus';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { EventEmitter } from 'eventemitter3';
import { assertPattern, nameTaken, toEnvelope } from './envelope.ts';
import { Gate } from './gate.ts';
import { untilIdle } from './idle.ts';
import { type BusLog, SILENT } from './log.ts';
import { NatsBroadcasts } from './nats/broadcasts.ts';
import type { NatsLink } from './nats/connection.ts';
import { backlogOf, openOf } from './nats/consumers.ts';
import { DeadLetters } from './nats/dead-letters.ts';
import { toEvent } from './nats/decode.ts';
import { DurableConsumer } from './nats/durable.ts';
import { answered } from './nats/errors.ts';
import { LiveFeed } from './nats/live-feed.ts';
import { eventSubject, type Names, toMessageId, toNames } from './nats/names.ts';
import { newest } from './nats/newest.ts';
import { Publisher } from './nats/publish.ts';
import { ensureStreams } from './nats/streams.ts';
import { MARGIN, toWire } from './nats/wire.ts';

/** Nobody tells when another process has settled something. */
const IDLE_POLL_MS = 50;
/** A question that a connection took with it is asked again after this long. */
const API_MS = 3000;

export interface NatsBusOptions {
  /** Closed by its owner, after the bus. */
  readonly link: NatsLink;
  /** Copies of each stream, on as many servers: 1 or 3. Default 1. */
  readonly replicas?: number;
  readonly now?: () => Date;
  readonly log?: BusLog;
  /** First word of all subjects and stream names: deployments that share a server differ in it. Default `continuum`. */
  readonly prefix?: string;
  /** Days after which events go, handled or not. Default 7. */
  readonly keepDays?: number;
  /** How long `emit` tries before it throws BUS_UNAVAILABLE, in ms. Default 5000. */
  readonly emitWithinMs?: number;
  /** What a process that died had in hand is offered again after this many ms. Default 15 000. */
  readonly redeliverAfterMs?: number;
  /**
   * Where a durable consumer begins that the server has never seen: with the oldest event of the stream, so that what came
   * before its process was started for the first time is handled too, or with what comes from now on. Default `now`.
   */
  readonly newConsumersFrom?: 'start' | 'now';
}

/**
 * The bus over NATS JetStream for many processes. Throws BUS_UNAVAILABLE (retryable) when its streams cannot be made.
 *
 * nats-server acknowledges what it has written, and fsyncs every two minutes: from 2.10 on set `sync_interval: always` (or
 * keep three replicas in different places) against loss of power. The journal stays the guarantee behind a 202: intake hands
 * its last 15 minutes on again at start, and the duplicate window makes that harmless.
 *
 * `stored` of `emit` is false too when the first answer of the server was lost and the second says that it is there.
 */
export async function openNatsBus(options: NatsBusOptions): Promise<Bus> {
  const { link, replicas = 1, keepDays = 7, log = SILENT } = options;
  const manager = await jetstreamManager(link.connection, { checkAPI: false, timeout: API_MS });
  const names = toNames(options.prefix ?? 'continuum');
  await ensureStreams(manager, { names, replicas, keepDays, log });
  return new NatsBus(options, manager, names);
}

class NatsBus implements Bus {
  readonly #link: NatsLink;
  readonly #manager: JetStreamManager;
  readonly #names: Names;
  readonly #now: () => Date;
  readonly #log: BusLog;
  readonly #redeliverAfterMs: number;
  readonly #newConsumersFrom: 'start' | 'now';
  readonly #publisher: Publisher;
  readonly #deadLetters: DeadLetters;
  readonly #live: LiveFeed;
  readonly #broadcasts: NatsBroadcasts;
  readonly #consumers = new Map<string, DurableConsumer>();
  readonly #signals = new EventEmitter<{ settled: [] }>();
  readonly #gate = new Gate();
  readonly #emitting = new Set<Promise<unknown>>();
  /** Sequence of the last event that this bus stored. */
  #emitted = 0;

  constructor(options: NatsBusOptions, manager: JetStreamManager, names: Names) {
    const { link, now = () => new Date(), log = SILENT, emitWithinMs = 5000, redeliverAfterMs = 15_000 } = options;
    this.#link = link;
    this.#manager = manager;
    this.#names = names;
    this.#now = now;
    this.#log = log;
    this.#redeliverAfterMs = redeliverAfterMs;
    this.#newConsumersFrom = options.newConsumersFrom ?? 'now';
    this.#publisher = new Publisher(link, emitWithinMs);
    this.#deadLetters = new DeadLetters({ manager, names, now, publisher: this.#publisher });
    this.#live = new LiveFeed(link, manager, names, log);
    this.#broadcasts = new NatsBroadcasts(link, names, log);
  }

  async emit<N extends EventName>(
    name: N,
    payload: EventPayload<N>,
    options: EmitOptions = {},
  ): Promise<{ id: EventId; stored: boolean }> {
    this.#gate.assertTakes();
    const event = toEnvelope(name, payload, options, this.#now());
    const store = this.#store(event);
    this.#emitting.add(store);
    const stored = await store.finally(() => this.#emitting.delete(store));
    return { id: event.id, stored };
  }

  async subscribe(pattern: string, handler: Handler, options: SubscribeOptions = {}): Promise<Subscription> {
    this.#gate.assertOpen();
    assertPattern(pattern);
    const admitted = this.#gate.admit(handler);
    if (options.durable === undefined) return answered(this.#link, () => this.#live.add(pattern, admitted));
    return this.#subscribeDurable(options.durable, pattern, admitted, options);
  }

  broadcast<N extends BroadcastName>(name: N, payload: BroadcastPayload<N>): void {
    this.#broadcasts.send(name, payload);
  }

  async listen<N extends BroadcastName>(
    name: N,
    listener: (payload: BroadcastPayload<N>) => void,
  ): Promise<Subscription> {
    this.#gate.assertOpen();
    return this.#broadcasts.listen(name, listener);
  }

  deadLetters(limit = 100): Promise<DeadLetter[]> {
    return answered(this.#link, () => this.#deadLetters.list(limit));
  }

  async replay(consumer: string, id: EventId): Promise<void> {
    this.#gate.assertOpen();
    await answered(this.#link, () => this.#deadLetters.replay(consumer, id));
  }

  backlog(): Promise<Record<string, number>> {
    return answered(this.#link, () => backlogOf(this.#link, this.#manager, this.#names));
  }

  async recent(limit: number): Promise<Envelope[]> {
    const messages = await answered(this.#link, () => newest(this.#manager, this.#names.events, limit));
    const events = await Promise.all(messages.map((message) => toEvent(message).catch(() => undefined)));
    return events.filter((event) => event !== undefined);
  }

  async idle(timeoutMs = 30_000): Promise<void> {
    const settled = () => new Promise<void>((resolve) => this.#signals.once('settled', resolve));
    await untilIdle(() => this.#waiting(), settled, timeoutMs, IDLE_POLL_MS);
    await this.#live.reach(this.#emitted);
  }

  close(): Promise<void> {
    return this.#gate.close(() => this.#drain());
  }

  async #drain(): Promise<void> {
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.stop()));
    await Promise.allSettled(this.#emitting);
    this.#consumers.clear();
    await this.#live.reach(this.#emitted);
    this.#broadcasts.close();
    await this.#live.close();
  }

  async #store(event: Envelope): Promise<boolean> {
    const ack = await this.#publisher.publish({
      subject: eventSubject(this.#names, event.name),
      wire: await toWire(event),
      messageId: toMessageId(event.id),
      margin: MARGIN.event,
    });
    this.#emitted = Math.max(this.#emitted, ack.seq);
    for (const consumer of this.#consumers.values()) {
      if (matchesPattern(consumer.pattern, event.name)) consumer.awaits(ack.seq);
    }
    return !ack.duplicate;
  }

  async #subscribeDurable(
    name: string,
    pattern: string,
    handler: Handler,
    options: SubscribeOptions,
  ): Promise<Subscription> {
    if (this.#consumers.has(name)) throw nameTaken(name);
    const consumer = new DurableConsumer({
      ...{ ...options, name, pattern, handler, log: this.#log, redeliverAfterMs: this.#redeliverAfterMs },
      ...{ link: this.#link, manager: this.#manager, names: this.#names, deadLetters: this.#deadLetters },
      newConsumersFrom: this.#newConsumersFrom,
      onSettled: () => void this.#signals.emit('settled'),
    });
    this.#consumers.set(name, consumer);
    const stop = async (): Promise<void> => {
      await consumer.stop();
      if (this.#consumers.get(name) === consumer) this.#consumers.delete(name);
    };
    await answered(this.#link, () => consumer.start()).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return { pattern, stop };
  }

  /** Consumers of this bus with deliveries left; those that nobody serves here cannot become idle and do not count. */
  async #waiting(): Promise<string[]> {
    const told = await Promise.all([...this.#consumers.values()].map((consumer) => this.#tell(consumer)));
    return told.filter((each) => each !== undefined);
  }

  async #tell({ name, awaited }: DurableConsumer): Promise<string | undefined> {
    const open = await openOf(this.#manager, this.#names, name, awaited).catch(() => 'NATS does not answer');
    return open === 0 ? undefined : `${name} (${open})`;
  }
}
