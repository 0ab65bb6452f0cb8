import { type ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { OutboxEntry, OutboxFilter, OutboxStore } from '@continuum/contract/ports/store';
import type { Logger } from 'pino';
import { doubled, jittered } from './backoff.ts';
import type { CircuitBreaker } from './breaker.ts';
import { inTime } from './in-time.ts';
import { persist } from './persist.ts';

/** How long a claimed entry is ours, and how long its handler may take: it is over before anybody else may begin. */
export const LEASE_MS = 120_000;
const HANDLER_MS = 100_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 5 * 60_000;
/** A target that is away for hours makes no dead letters: an entry is given up once it is older and was tried often enough. */
const GIVE_UP_AFTER_MS = 24 * 3_600_000;
const LEAST_ATTEMPTS = 12;

/** What becomes of entries, for whoever counts. */
export interface LaneObserver {
  /** `waitedMs`: from its writing down to its end. */
  done(entry: OutboxEntry, waitedMs: number): void;
  /** `final`: it is a dead letter now. */
  failed(entry: OutboxEntry, error: ContinuumError, final: boolean): void;
  /** The circuit opened or closed, or a probe failed. */
  circuitChanged(lane: string, error: ContinuumError | undefined): void;
}

export interface LaneOptions {
  /** First word of its commands. */
  readonly name: string;
  readonly filter: OutboxFilter;
  /** Entries in hand at once in this process. */
  readonly concurrency: number;
  readonly breaker: CircuitBreaker;
  readonly outbox: OutboxStore;
  readonly perform: (entry: OutboxEntry, signal: AbortSignal) => Promise<unknown>;
  readonly now: () => Date;
  readonly log: Logger;
  readonly observer: LaneObserver;
}

/** Entries of one target: a target that is slow or away holds up nobody else's. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #inHand = new Set<Promise<void>>();
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #isStopped = true;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isStopped = false;
    this.wake();
  }

  /** There may be work: look now. */
  wake(): void {
    if (this.#isStopped) return;
    this.#lookAgain = true;
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#options.log.error({ err: error }, 'outbox could not be read'))
      .finally(() => {
        this.#looking = undefined;
        // A call that came while the last look was ending would otherwise wait for the next poll.
        if (this.#lookAgain) this.wake();
      });
  }

  /** Begins nothing more and waits for what is in hand. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#looking;
    await Promise.all(this.#inHand);
  }

  async #look(): Promise<void> {
    while (this.#lookAgain && !this.#isStopped) {
      this.#lookAgain = false;
      const { breaker, concurrency, filter, now, outbox } = this.#options;
      // Only what begins at once is claimed: a lease that runs out behind a slow call would be lost time.
      const room = Math.min(concurrency - this.#inHand.size, breaker.allowed(now().getTime()));
      if (room <= 0) return;
      for (const entry of await outbox.claim(room, now(), LEASE_MS, filter)) this.#take(entry);
    }
  }

  #take(entry: OutboxEntry): void {
    this.#options.breaker.begin();
    const work = this.#attempt(entry)
      .catch((error: unknown) => this.#options.log.error({ err: error, key: entry.key }, 'outbox could not be written'))
      .finally(() => {
        this.#inHand.delete(work);
        this.wake();
      });
    this.#inHand.add(work);
  }

  async #attempt(entry: OutboxEntry): Promise<void> {
    const { breaker, now, observer, outbox, perform } = this.#options;
    let result: unknown;
    try {
      result = await inTime(HANDLER_MS, (signal) => perform(entry, signal));
    } catch (thrown) {
      await this.#putBack(entry, toContinuumError(thrown));
      return;
    }
    this.#answered(breaker.state(now().getTime()).state !== 'closed');
    await this.#settle(() => outbox.complete(entry.id, result));
    observer.done(entry, now().getTime() - Date.parse(entry.at));
  }

  #answered(wasOpen: boolean): void {
    this.#options.breaker.succeeded();
    if (wasOpen) this.#options.observer.circuitChanged(this.#options.name, undefined);
  }

  async #putBack(entry: OutboxEntry, error: ContinuumError): Promise<void> {
    const { breaker, log, name, now, observer, outbox } = this.#options;
    const at = now().getTime();
    const opens = this.#count(error, at);
    const final = !error.retryable || isTooOld(entry, at);
    log.warn(
      { key: entry.key, command: entry.command, attempts: entry.attempts, code: error.code, final },
      error.message,
    );
    const text = `${error.code}: ${error.message}`;
    if (final) {
      if (await this.#settle(() => outbox.bury(entry.id, entry.attempts, text))) observer.failed(entry, error, true);
      return;
    }
    const delay = error.retryAfterMs ?? jittered(doubled(FIRST_RETRY_MS, entry.attempts, LONGEST_RETRY_MS));
    // Behind the next probe: while this one fails the others must have their turn.
    const from = opens ? Math.max(at, breaker.state(at).probeAt ?? at) : at;
    await this.#settle(() => outbox.retry(entry.id, entry.attempts, new Date(from + delay), text));
    observer.failed(entry, error, false);
    if (opens) observer.circuitChanged(name, error);
  }

  /** Within its lease nobody else may have the entry, and writing the same twice changes nothing. */
  #settle<T>(write: () => Promise<T>): Promise<T> {
    return persist(write, LEASE_MS - HANDLER_MS, () => this.#isStopped);
  }

  /** Is the circuit open after this failure? A refusal is an answer too. */
  #count(error: ContinuumError, at: number): boolean {
    const { breaker } = this.#options;
    if (error.retryable) breaker.failed(at, error.retryAfterMs);
    else this.#answered(breaker.state(at).state !== 'closed');
    return breaker.state(at).state !== 'closed';
  }
}

function isTooOld({ at, attempts }: OutboxEntry, now: number): boolean {
  return attempts >= LEAST_ATTEMPTS && now - Date.parse(at) > GIVE_UP_AFTER_MS;
}
