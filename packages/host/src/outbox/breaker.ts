import { doubled, jittered } from './backoff.ts';

export interface BreakerOptions {
  /** Failures in a row that open it. Default 5. */
  readonly threshold?: number;
  /** First time that it stays open, in ms; doubled with each probe that fails. Default 5 000. */
  readonly firstMs?: number;
  /** Default 300 000. */
  readonly longestMs?: number;
}

export interface BreakerState {
  readonly state: 'closed' | 'open' | 'half-open';
  /** Failures in a row, the probes' included. */
  readonly failures: number;
  /** When the next probe may go, in ms since 1970; absent while closed. */
  readonly probeAt?: number;
}

/**
 * A circuit breaker (M. Nygard, Release It!, "Circuit Breaker"): after some failures in a row nobody is sent to the target
 * for a growing while, then one probe finds out. Pure: time in ms since 1970 is handed in.
 */
export class CircuitBreaker {
  readonly #threshold: number;
  readonly #firstMs: number;
  readonly #longestMs: number;
  #failures = 0;
  #openings = 0;
  #probeAt: number | undefined;
  #isProbing = false;

  constructor({ threshold = 5, firstMs = 5_000, longestMs = 300_000 }: BreakerOptions = {}) {
    this.#threshold = threshold;
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
  }

  /** How many calls may begin now: any number, one probe, or none. */
  allowed(now: number): number {
    if (this.#probeAt === undefined) return Number.POSITIVE_INFINITY;
    return now >= this.#probeAt && !this.#isProbing ? 1 : 0;
  }

  /** A call begins; while the circuit is not closed it is the probe. */
  begin(): void {
    this.#isProbing = this.#probeAt !== undefined;
  }

  /** The target answered, be it with a refusal. */
  succeeded(): void {
    this.#failures = 0;
    this.#openings = 0;
    this.#probeAt = undefined;
    this.#isProbing = false;
  }

  /** The target did not answer; it may have said in how many ms it wants to be asked again. */
  failed(now: number, retryAfterMs = 0): void {
    const wasOpen = this.#probeAt !== undefined;
    // Calls that began before it opened say nothing new.
    if (wasOpen && !this.#isProbing) return;
    this.#failures += 1;
    if (!wasOpen && this.#failures < this.#threshold) return;
    this.#openings += 1;
    this.#isProbing = false;
    const wait = jittered(doubled(this.#firstMs, this.#openings, this.#longestMs));
    this.#probeAt = now + Math.max(wait, retryAfterMs);
  }

  state(now: number): BreakerState {
    const failures = this.#failures;
    if (this.#probeAt === undefined) return { state: 'closed', failures };
    return { state: now >= this.#probeAt ? 'half-open' : 'open', failures, probeAt: this.#probeAt };
  }
}
