import type { BroadcastName, BroadcastPayload, Envelope, EventName, EventPayload } from '../event.ts';
import type { EventId } from '../ids.ts';

export interface EmitOptions {
  /** The same id is stored once, however often it is emitted: the key of exactly-once processing. */
  readonly id?: EventId;
  readonly causationId?: EventId;
}

export interface SubscribeOptions {
  /**
   * Name of the durable consumer. Events for it survive a restart, are delivered at least once, retried with backoff,
   * and end as dead letters after `maxDeliveries`. Without a name the handler sees live events only, at most once.
   */
  readonly durable?: string;
  /** Handlers in flight at once for a durable consumer; 1 keeps the order. Default 1. */
  readonly concurrency?: number;
  /** Deliveries before an event becomes a dead letter. Default 8. */
  readonly maxDeliveries?: number;
  /** First retry delay in ms, doubled each time with jitter, at most 60 s. Default 200. */
  readonly backoffMs?: number;
  /** Time a handler may take before its event is offered again, in ms. Default 300 000. */
  readonly ackWaitMs?: number;
}

/** An event with its payload narrowed by its name. */
export type AnyEnvelope<N extends EventName = EventName> = { [K in N]: Envelope<K> }[N];
export type Handler<N extends EventName = EventName> = (event: AnyEnvelope<N>, signal: AbortSignal) => Promise<void>;

export interface Subscription {
  readonly pattern: string;
  stop(): Promise<void>;
}

export interface DeadLetter {
  readonly consumer: string;
  readonly event: Envelope;
  readonly deliveries: number;
  readonly error: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Events in, events through: at-least-once to durable consumers. */
export interface Bus {
  /** Resolves when the event is stored. `stored` is false when an event of that id was there already. */
  emit<N extends EventName>(
    name: N,
    payload: EventPayload<N>,
    options?: EmitOptions,
  ): Promise<{ id: EventId; stored: boolean }>;
  /** `pattern` is an event name, or uses `*` for one word and `**` for the rest. */
  subscribe<N extends EventName>(pattern: N, handler: Handler<N>, options?: SubscribeOptions): Promise<Subscription>;
  subscribe(pattern: string, handler: Handler, options?: SubscribeOptions): Promise<Subscription>;
  /** Tells those in all processes who listen right now; nothing is kept and nothing is promised. Never throws. */
  broadcast<N extends BroadcastName>(name: N, payload: BroadcastPayload<N>): void;
  /** Hears broadcasts from now on. A payload of another version, which does not parse, is left out. */
  listen<N extends BroadcastName>(name: N, listener: (payload: BroadcastPayload<N>) => void): Promise<Subscription>;
  deadLetters(limit?: number): Promise<DeadLetter[]>;
  /** Offers a dead letter to its consumer again. Throws NOT_FOUND. */
  replay(consumer: string, id: EventId): Promise<void>;
  /** Durable events not yet acknowledged, by consumer. */
  backlog(): Promise<Record<string, number>>;
  /** The newest events, newest first: for clients that were away. */
  recent(limit: number): Promise<Envelope[]>;
  /** Resolves when no durable event is waiting or in flight (scheduled retries included), or rejects after `timeoutMs`. */
  idle(timeoutMs?: number): Promise<void>;
  /** Stops taking events, waits for handlers in flight. Idempotent. */
  close(): Promise<void>;
}
