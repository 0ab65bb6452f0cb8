import { AsyncLocalStorage } from 'node:async_hooks';
import { ContinuumError } from '@continuum/contract/errors';
import { type Envelope, EVENTS, EventName, type EventPayload, matchesPattern } from '@continuum/contract/event';
import { EventId, newId } from '@continuum/contract/ids';
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
import { Consumer } from './consumer.ts';
import { LiveHandlers } from './live.ts';
import type { BusLog } from './log.ts';

export interface EmbeddedBusOptions {
  readonly stream: StreamStore;
  readonly now?: () => Date;
  readonly log?: BusLog;
}

const SILENT: BusLog = { warn: () => undefined, error: () => undefined };

/** The bus in one process: events and durable deliveries live in the store, the rest is dispatch. */
export function createEmbeddedBus(options: EmbeddedBusOptions): Bus {
  return new EmbeddedBus(options.stream, options.now ?? (() => new Date()), options.log ?? SILENT);
}

class EmbeddedBus implements Bus {
  readonly #stream: StreamStore;
  readonly #now: () => Date;
  readonly #log: BusLog;
  readonly #live: LiveHandlers;
  readonly #consumers = new Map<string, Consumer>();
  readonly #signals = new EventEmitter<{ settled: [] }>();
  /** Set inside handlers: what they emit is still taken while the bus drains. */
  readonly #handling = new AsyncLocalStorage<true>();
  readonly #appending = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(stream: StreamStore, now: () => Date, log: BusLog) {
    this.#stream = stream;
    this.#now = now;
    this.#log = log;
    this.#live = new LiveHandlers(log);
  }

  async emit<N extends EventName>(
    name: N,
    payload: EventPayload<N>,
    options: EmitOptions = {},
  ): Promise<{ id: EventId; stored: boolean }> {
    this.#assertTakes();
    const event = this.#envelope(name, payload, options);
    const append = this.#stream.append(event);
    this.#appending.add(append);
    const stored = await append.finally(() => this.#appending.delete(append));
    if (stored) this.#dispatch(event);
    return { id: event.id, stored };
  }

  async subscribe(pattern: string, handler: Handler, options: SubscribeOptions = {}): Promise<Subscription> {
    this.#assertOpen();
    if (!EventName.options.some((name) => matchesPattern(pattern, name))) {
      throw new ContinuumError('INVALID_INPUT', `No event matches "${pattern}".`, {
        next: 'Use a name of contract/event, with * for one word or ** for the rest.',
      });
    }
    const tracked: Handler = (event, signal) => this.#handling.run(true, () => handler(event, signal));
    if (options.durable === undefined) return this.#live.add(pattern, tracked);
    return this.#subscribeDurable(options.durable, pattern, tracked, options);
  }

  async deadLetters(limit = 100): Promise<DeadLetter[]> {
    return this.#stream.deadLetters(limit);
  }

  async replay(consumer: string, id: EventId): Promise<void> {
    this.#assertOpen();
    if (!(await this.#stream.revive(consumer, id))) {
      throw new ContinuumError('NOT_FOUND', `${consumer} has no dead letter ${id}.`, {
        next: 'List the dead letters for their consumers and ids.',
      });
    }
    this.#consumers.get(consumer)?.wake();
  }

  async backlog(): Promise<Record<string, number>> {
    return this.#stream.backlog();
  }

  async recent(limit: number): Promise<Envelope[]> {
    return this.#stream.recent(limit);
  }

  async idle(timeoutMs = 30_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const settled = new Promise<void>((resolve) => this.#signals.once('settled', resolve));
      const waiting = await this.#waiting();
      if (waiting.length === 0) return;
      const left = deadline - Date.now();
      if (left <= 0) throw new ContinuumError('ABORTED', `Not idle after ${timeoutMs} ms: ${waiting.join(', ')}.`);
      await firstOf(settled, left);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([this.#live.close(), ...[...this.#consumers.values()].map((consumer) => consumer.stop())]);
    await Promise.allSettled(this.#appending);
    this.#consumers.clear();
    this.#closed = true;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw busClosed();
  }

  #assertTakes(): void {
    const handlerWhileDraining = this.#handling.getStore() === true && !this.#closed;
    if (!handlerWhileDraining) this.#assertOpen();
  }

  #envelope<N extends EventName>(name: N, payload: EventPayload<N>, options: EmitOptions): Envelope {
    if (!EventName.safeParse(name).success) {
      throw new ContinuumError('UNKNOWN_EVENT', `There is no event "${name}".`, {
        next: 'Add its name and payload to contract/event.',
      });
    }
    const parsed = EVENTS[name].safeParse(payload);
    if (!parsed.success) {
      throw new ContinuumError('INVALID_INPUT', `Not a payload of ${name}: ${parsed.error.message}`, {
        next: 'Give the event the payload that contract/event describes.',
      });
    }
    const now = this.#now();
    const id = options.id ?? EventId.parse(newId('evt', now.getTime()));
    return { id, name, payload: parsed.data, at: now.toISOString(), causationId: options.causationId };
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
    if (this.#consumers.has(name)) {
      throw new ContinuumError('CONFLICT', `The durable consumer ${name} has a handler already.`, {
        next: 'Give each subscription its own name, or stop the first.',
      });
    }
    const onSettled = (): void => void this.#signals.emit('settled');
    const shared = { stream: this.#stream, now: this.#now, log: this.#log, onSettled };
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

async function firstOf(settled: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([settled, late]);
  clearTimeout(timer);
}

function busClosed(): ContinuumError {
  return new ContinuumError('BUS_CLOSED', 'The bus is closed.', { next: 'Try again when the process is back.' });
}
