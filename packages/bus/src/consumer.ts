import type { Handler, SubscribeOptions } from '@continuum/contract/ports/bus';
import type { ClaimedEvent, StreamStore } from '@continuum/contract/ports/store';
import { isHopeless, retryDelay, unanswered } from './backoff.ts';
import type { Courtesy } from './courtesy.ts';
import { deliver } from './delivery.ts';
import type { BusLog } from './log.ts';
import { settle } from './settle.ts';

/** The lease outlives the handler's own limit: only a process that died lets it expire. */
const LEASE_MARGIN_MS = 30_000;
/** After an error of the store, and while other processes append to it. */
const RECHECK_MS = 1000;
/** The longest sleep: a clock that was set must not stop a consumer. */
const LONGEST_SLEEP_MS = 60_000;
const SHORTEST_SLEEP_MS = 5;

export interface ConsumerOptions extends SubscribeOptions {
  readonly name: string;
  readonly pattern: string;
  readonly handler: Handler;
  readonly stream: StreamStore;
  readonly now: () => Date;
  readonly log: BusLog;
  /** Does no other process claim for this consumer? */
  readonly alone: boolean;
  readonly courtesy: Courtesy;
  /** Called after each delivery was settled. */
  readonly onSettled: () => void;
}

/** Claims the due deliveries of one durable consumer and settles each: acknowledged, retried or buried. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #concurrency: number;
  readonly #ackWaitMs: number;
  /** Handed out and not settled yet. */
  readonly #inFlight = new Set<Promise<void>>();
  /** Places that are taken; the others may be filled. */
  #taken = 0;
  #pumping: Promise<void> | undefined;
  #again = false;
  /** How long the last handler took, in ms. */
  #handlerMs = 0;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #waking: NodeJS.Immediate | undefined;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#concurrency = options.concurrency ?? 1;
    this.#ackWaitMs = options.ackWaitMs ?? 300_000;
  }

  get name(): string {
    return this.#options.name;
  }

  get pattern(): string {
    return this.#options.pattern;
  }

  /** Registers the consumer; when alone, takes back what a process that is gone had in flight. */
  async start(): Promise<void> {
    await this.#options.stream.ensureConsumer(this.name, this.pattern);
    if (this.#options.alone) await this.#options.stream.releaseAll(this.name);
    this.wake();
  }

  /** Looks for due deliveries now. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#pumping ??= this.#pump();
  }

  /** After one turn of the event loop: places that become free together are filled by one claim. */
  #wakeSoon(): void {
    this.#waking ??= setImmediate(() => {
      this.#waking = undefined;
      this.wake();
    });
  }

  /** Claims nothing more and resolves when nothing is in flight. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#waking);
    await this.#pumping;
    await Promise.all(this.#inFlight);
  }

  async #pump(): Promise<void> {
    clearTimeout(this.#timer);
    let sleepMs: number | undefined;
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        await this.#claim();
      }
      sleepMs = await this.#untilNextDue();
    } catch (error) {
      this.#options.log.error({ consumer: this.name, err: error }, 'the store does not hand out deliveries');
      sleepMs = RECHECK_MS;
    }
    this.#pumping = undefined;
    if (this.#again) this.wake();
    else if (sleepMs !== undefined && !this.#stopped) this.#timer = setTimeout(() => this.wake(), sleepMs);
  }

  /** What may be claimed: no more than can be handled, and not ever more that is handled and not written down. */
  #free(): number {
    return Math.min(this.#concurrency - this.#taken, 2 * this.#concurrency - this.#inFlight.size);
  }

  async #claim(): Promise<void> {
    const free = this.#free();
    if (free <= 0) return;
    const { stream, now, courtesy } = this.#options;
    const claim = () => stream.claim(this.name, free, now(), this.#ackWaitMs + LEASE_MARGIN_MS);
    // Who has nothing in hand keeps up, and somebody waits for what it is about to get.
    const isUrgent = this.#inFlight.size === 0;
    if (!isUrgent) await courtesy.letPass(this.#handlerMs);
    const claimed = await (isUrgent ? courtesy.urgent(claim) : claim());
    for (const each of claimed) this.#begin(each);
  }

  /** Undefined when the end of a delivery will wake this consumer, or nothing waits. */
  async #untilNextDue(): Promise<number | undefined> {
    if (this.#stopped || this.#free() <= 0) return undefined;
    const { stream, now, alone } = this.#options;
    const due = await stream.nextDue(this.name);
    if (due === undefined) return alone ? undefined : RECHECK_MS;
    const wait = due.getTime() - now().getTime();
    // Nobody in this process sees what another one appends.
    return Math.min(Math.max(wait, SHORTEST_SLEEP_MS), alone ? LONGEST_SLEEP_MS : RECHECK_MS);
  }

  #begin(claimed: ClaimedEvent): void {
    const place = this.#takePlace();
    const work = this.#process(claimed, place.leaveEarly)
      .catch((error) => {
        // Neither acknowledged nor retried: the lease runs out and the event is offered again.
        const { id } = claimed.event;
        this.#options.log.error({ consumer: this.name, event: id, err: error }, 'a delivery could not be settled');
      })
      .finally(() => {
        this.#inFlight.delete(work);
        place.leave();
        this.#options.onSettled();
        this.#wakeSoon();
      });
    this.#inFlight.add(work);
  }

  /** A place for one handler. Where order does not count, it is free again before what the handler did is written down. */
  #takePlace(): { readonly leave: () => void; readonly leaveEarly: () => void } {
    this.#taken += 1;
    let left = false;
    const leave = (): void => {
      if (!left) this.#taken -= 1;
      left = true;
    };
    const leaveEarly = (): void => {
      if (this.#concurrency === 1) return;
      leave();
      this.#wakeSoon();
    };
    return { leave, leaveEarly };
  }

  async #process(claimed: ClaimedEvent, leave: () => void): Promise<void> {
    const { maxDeliveries = 8, now, courtesy } = this.#options;
    if (claimed.delivery > maxDeliveries) return this.#failed(claimed, unanswered(maxDeliveries));
    const began = now().getTime();
    try {
      await deliver(claimed.event, this.#options.handler, this.#ackWaitMs).finally(leave);
    } catch (error) {
      await this.#failed(claimed, error);
      return;
    } finally {
      this.#handlerMs = now().getTime() - began;
    }
    await courtesy.letPass(this.#handlerMs);
    await this.#settle(() => this.#options.stream.ack(this.name, claimed.event.id));
  }

  #settle(write: () => Promise<unknown>): Promise<void> {
    // Within its lease nobody else may have it, and writing the same twice changes nothing.
    return settle(write, LEASE_MARGIN_MS, () => this.#stopped);
  }

  async #failed({ event, delivery }: ClaimedEvent, error: unknown): Promise<void> {
    const { stream, now, log, backoffMs = 200, maxDeliveries = 8 } = this.#options;
    const text = error instanceof Error ? error.message : String(error);
    const about = { consumer: this.name, event: event.id, name: event.name, delivery, err: error };
    if (delivery >= maxDeliveries || isHopeless(error)) {
      log.error(about, 'an event became a dead letter');
      await this.#settle(() => stream.bury(this.name, event.id, delivery, text));
      return;
    }
    const delayMs = retryDelay(error, delivery, backoffMs, Math.random());
    log.warn({ ...about, delayMs }, 'a handler failed, the event is offered again');
    const at = new Date(now().getTime() + delayMs);
    await this.#settle(() => stream.retry(this.name, event.id, delivery, at, text));
  }
}
