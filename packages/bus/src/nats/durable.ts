import type { Envelope } from '@continuum/contract/event';
import type { Handler, SubscribeOptions } from '@continuum/contract/ports/bus';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/nats-core';
import { isHopeless, retryDelay, unanswered } from '../backoff.ts';
import { deliver } from '../delivery.ts';
import type { BusLog } from '../log.ts';
import type { NatsLink } from './connection.ts';
import { ensureConsumers, missedOf } from './consumers.ts';
import type { DeadLetters } from './dead-letters.ts';
import { toEvent } from './decode.ts';
import { Held } from './held.ts';
import type { Names } from './names.ts';
import { Pull } from './pull.ts';

/** A dead letter has to fit where its event did. */
const LONGEST_ERROR = 4000;

export interface DurableOptions extends SubscribeOptions {
  readonly link: NatsLink;
  readonly manager: JetStreamManager;
  readonly names: Names;
  readonly name: string;
  readonly pattern: string;
  readonly handler: Handler;
  readonly redeliverAfterMs: number;
  readonly newConsumersFrom: 'start' | 'now';
  readonly deadLetters: DeadLetters;
  readonly log: BusLog;
  /** Called after each delivery was settled. */
  readonly onSettled: () => void;
}

/**
 * This process's share of a durable consumer: pulls events and what is replayed, runs the handler, and settles each delivery.
 *
 * Acknowledgements are confirmed by the server ("double ack"): one that is lost with a connection would bring an event back
 * that was handled. The next event is asked for while the confirmation is still on its way, so it costs no time.
 */
export class DurableConsumer {
  readonly #options: DurableOptions;
  readonly #concurrency: number;
  readonly #ackWaitMs: number;
  readonly #held: Held;
  readonly #queue: string[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #settling = new Set<Promise<void>>();
  #pulls: Pull[] = [];
  #awaited = 0;
  #stopped = false;

  constructor(options: DurableOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency ?? 1;
    this.#ackWaitMs = options.ackWaitMs ?? 300_000;
    this.#held = new Held(options.link, options.redeliverAfterMs);
  }

  get name(): string {
    return this.#options.name;
  }

  get pattern(): string {
    return this.#options.pattern;
  }

  /** Sequence of the last event that this process stored for the consumer. */
  get awaited(): number {
    return this.#awaited;
  }

  /** An event of this sequence was stored for the consumer. */
  awaits(sequence: number): void {
    this.#awaited = Math.max(this.#awaited, sequence);
  }

  /** Registers the consumer with the server, where it goes on if it is known, and begins to pull. */
  async start(): Promise<void> {
    const consumers = await this.#ensure();
    const atMost = await missedOf(this.#options.manager, consumers[0]);
    if (atMost > 0) this.#options.log.warn({ consumer: this.name, atMost }, 'events may have grown too old to be had');
    if (this.#stopped) return;
    this.#pulls = consumers.map(({ stream, consumer }) => {
      const pull: Pull = new Pull({
        link: this.#options.link,
        ...{ stream, consumer },
        free: () => this.#free(),
        onMessage: (message) => this.#receive(message),
        ensure: () => this.#ensure(),
      });
      return pull;
    });
  }

  /** Pulls nothing more, gives back what was not begun, and resolves when all in hand is settled. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#pulls.map((pull) => pull.stop()));
    for (const key of this.#queue.splice(0)) this.#held.giveBack(key, 0);
    await Promise.all(this.#running);
    await Promise.all(this.#settling);
    this.#held.stop();
  }

  #ensure(): ReturnType<typeof ensureConsumers> {
    return ensureConsumers(this.#options);
  }

  #free(): number {
    return this.#concurrency - this.#running.size - this.#queue.length;
  }

  #receive(message: Msg): void {
    const key = this.#held.take(message);
    if (key !== undefined) this.#queue.push(key);
    this.#next();
  }

  #next(): void {
    while (!this.#stopped && this.#running.size < this.#concurrency) {
      const key = this.#queue.shift();
      if (key === undefined) break;
      this.#begin(key);
    }
    for (const pull of this.#pulls) pull.ask();
  }

  #begin(key: string): void {
    const work = this.#run(key).then((settle) => {
      this.#running.delete(work);
      this.#settle(key, settle);
      this.#next();
    });
    this.#running.add(work);
  }

  /** Runs the handler; what it returns says the outcome to the server. */
  async #run(key: string): Promise<() => Promise<void>> {
    const message = this.#held.message(key);
    const event = await toEvent(message).catch((error: unknown) => {
      this.#options.log.error({ ...this.#about(key), err: error }, 'a stored message is no event');
      return undefined;
    });
    if (event === undefined) return () => this.#held.finish(key, '+TERM');
    const { maxDeliveries = 8 } = this.#options;
    if (this.#held.delivery(key).deliveries > maxDeliveries) {
      return () => this.#failed(key, event, unanswered(maxDeliveries));
    }
    try {
      await deliver(event, this.#options.handler, this.#ackWaitMs);
      return () => this.#held.finish(key, '+ACK');
    } catch (error) {
      return () => this.#failed(key, event, error);
    }
  }

  #settle(key: string, settle: () => Promise<void>): void {
    const work = settle()
      .catch((error: unknown) => {
        // Neither acknowledged nor retried: the server offers the event again.
        this.#options.log.error({ ...this.#about(key), err: error }, 'a delivery could not be settled');
        this.#held.forget(key);
      })
      .finally(() => {
        this.#settling.delete(work);
        this.#options.onSettled();
      });
    this.#settling.add(work);
  }

  async #failed(key: string, event: Envelope, error: unknown): Promise<void> {
    const { log, backoffMs = 200, maxDeliveries = 8, deadLetters, name } = this.#options;
    const { deliveries } = this.#held.delivery(key);
    const text = error instanceof Error ? error.message : String(error);
    const about = { ...this.#about(key), event: event.id, name: event.name, err: error };
    if (deliveries >= maxDeliveries || isHopeless(error)) {
      log.error(about, 'an event became a dead letter');
      // The letter first: what happens between the two offers the event again, and its letter stays the only one.
      await deadLetters.bury({ consumer: name, event, deliveries, error: text.slice(0, LONGEST_ERROR) }, key);
      await this.#held.finish(key, '+TERM');
      return;
    }
    const delayMs = retryDelay(error, deliveries, backoffMs, Math.random());
    log.warn({ ...about, delayMs }, 'a handler failed, the event is offered again');
    this.#held.giveBack(key, delayMs);
  }

  #about(key: string): { consumer: string; key: string; delivery: number } {
    return { consumer: this.name, key, delivery: this.#held.delivery(key).deliveries };
  }
}
