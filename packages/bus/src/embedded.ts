import type { BroadcastName, BroadcastPayload, Envelope, EventName, EventPayload } from '@continuum/contract/event';
import { matchesPattern } from '@continuum/contract/event';
import type { EventId } from '@continuum/contract/ids';
import type {
  Bus,
  DeadLetter,
  EmitOptions,
  Handler,
  SubscribeOptions,
  Subscription,
} from '@continuum/contract/ports/bus';
import type { StreamStore } from '@continuum/contract/ports/store';
import { EventEmitter } from 'eventemitter3';
import { Broadcasts } from './broadcasts.ts';
import { Consumer } from './consumer.ts';
import { Courtesy } from './courtesy.ts';
import { assertPattern, nameTaken, noDeadLetter, toEnvelope } from './envelope.ts';
import { Gate } from './gate.ts';
import { untilIdle } from './idle.ts';
import { LiveHandlers } from './live.ts';
import { type BusLog, SILENT } from './log.ts';

export interface EmbeddedBusOptions {
  readonly stream: StreamStore;
  readonly now?: () => Date;
  readonly log?: BusLog;
  /**
   * Does no other process use the store? Then what was in flight when this one starts was left by one that is gone, and is
   * offered again at once; else leases decide, and the store is asked each second for what others appended. Default true.
   */
  readonly alone?: boolean;
}

/** The bus over the store: events and durable deliveries live there, the rest is dispatch. */
export function createEmbeddedBus(options: EmbeddedBusOptions): Bus {
  return new EmbeddedBus(options);
}

class EmbeddedBus implements Bus {
  readonly #stream: StreamStore;
  readonly #now: () => Date;
  readonly #log: BusLog;
  readonly #alone: boolean;
  readonly #live: LiveHandlers;
  readonly #broadcasts: Broadcasts;
  readonly #consumers = new Map<string, Consumer>();
  readonly #signals = new EventEmitter<{ settled: [] }>();
  readonly #gate = new Gate();
  readonly #courtesy = new Courtesy();
  readonly #appending = new Set<Promise<unknown>>();

  constructor({ stream, now = () => new Date(), log = SILENT, alone = true }: EmbeddedBusOptions) {
    this.#stream = stream;
    this.#now = now;
    this.#log = log;
    this.#alone = alone;
    this.#live = new LiveHandlers(log);
    this.#broadcasts = new Broadcasts(log);
  }

  async emit<N extends EventName>(
    name: N,
    payload: EventPayload<N>,
    options: EmitOptions = {},
  ): Promise<{ id: EventId; stored: boolean }> {
    this.#gate.assertTakes();
    const event = toEnvelope(name, payload, options, this.#now());
    const append = this.#courtesy.urgent(async () => {
      const isNew = await this.#stream.append(event);
      if (isNew) this.#dispatch(event);
      return isNew;
    });
    this.#appending.add(append);
    const stored = await append.finally(() => this.#appending.delete(append));
    return { id: event.id, stored };
  }

  async subscribe(pattern: string, handler: Handler, options: SubscribeOptions = {}): Promise<Subscription> {
    this.#gate.assertOpen();
    assertPattern(pattern);
    const admitted = this.#gate.admit(handler);
    if (options.durable === undefined) return this.#live.add(pattern, admitted);
    return this.#subscribeDurable(options.durable, pattern, admitted, options);
  }

  broadcast<N extends BroadcastName>(name: N, payload: BroadcastPayload<N>): void {
    this.#broadcasts.dispatch(name, payload);
  }

  async listen<N extends BroadcastName>(
    name: N,
    listener: (payload: BroadcastPayload<N>) => void,
  ): Promise<Subscription> {
    this.#gate.assertOpen();
    return this.#broadcasts.add(name, listener);
  }

  async deadLetters(limit = 100): Promise<DeadLetter[]> {
    return this.#stream.deadLetters(limit);
  }

  async replay(consumer: string, id: EventId): Promise<void> {
    this.#gate.assertOpen();
    if (!(await this.#stream.revive(consumer, id))) throw noDeadLetter(consumer, id);
    this.#consumers.get(consumer)?.wake();
  }

  async backlog(): Promise<Record<string, number>> {
    return this.#stream.backlog();
  }

  async recent(limit: number): Promise<Envelope[]> {
    return this.#stream.recent(limit);
  }

  idle(timeoutMs = 30_000): Promise<void> {
    const settled = () => new Promise<void>((resolve) => this.#signals.once('settled', resolve));
    return untilIdle(() => this.#waiting(), settled, timeoutMs);
  }

  close(): Promise<void> {
    return this.#gate.close(() => this.#drain());
  }

  async #drain(): Promise<void> {
    this.#broadcasts.close();
    await Promise.all([this.#live.close(), ...[...this.#consumers.values()].map((consumer) => consumer.stop())]);
    await Promise.allSettled(this.#appending);
    this.#consumers.clear();
  }

  #dispatch(event: Envelope): void {
    this.#live.dispatch(event);
    for (const consumer of this.#consumers.values()) {
      if (matchesPattern(consumer.pattern, event.name)) consumer.wake();
    }
  }

  async #subscribeDurable(
    name: string,
    pattern: string,
    handler: Handler,
    options: SubscribeOptions,
  ): Promise<Subscription> {
    if (this.#consumers.has(name)) throw nameTaken(name);
    const onSettled = (): void => void this.#signals.emit('settled');
    const shared = {
      ...{ stream: this.#stream, now: this.#now, log: this.#log, alone: this.#alone },
      ...{ courtesy: this.#courtesy, onSettled },
    };
    const consumer = new Consumer({ ...options, ...shared, name, pattern, handler });
    this.#consumers.set(name, consumer);
    const stop = async (): Promise<void> => {
      await consumer.stop();
      if (this.#consumers.get(name) === consumer) this.#consumers.delete(name);
    };
    await consumer.start().catch(async (error) => {
      await stop();
      throw error;
    });
    return { pattern, stop };
  }

  /** Consumers of this bus with deliveries left; those that nobody serves here cannot become idle and do not count. */
  async #waiting(): Promise<string[]> {
    const backlog = await this.#stream.backlog();
    return [...this.#consumers.keys()].flatMap((name) => (backlog[name] ? [`${name} (${backlog[name]})`] : []));
  }
}
