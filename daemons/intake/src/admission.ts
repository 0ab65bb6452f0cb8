import { ContinuumError } from '@continuum/contract/errors';

interface AdmissionLimits {
  /** Deliveries whose body is here and that are not answered yet. */
  readonly maxWorking: number;
  /** The same for a while after one had to be refused: between these two, as many as are answered soon all the same. */
  readonly minWorkingUnderLoad: number;
  readonly maxWorkingUnderLoad: number;
  /** Deliveries between their headers and their answer: slow senders are among them, and take no working place. */
  readonly maxInside: number;
  /** Announced bytes of all inside; one delivery is always let in. */
  readonly maxBytes: number;
}

/**
 * From measurement: 256 at once are answered within 150 ms where nothing is refused. Where the processor is busy with refusing
 * as well, fewer have to do (`bench intake`, the phase of overload).
 */
const DEFAULT_LIMITS: AdmissionLimits = {
  ...{ maxWorking: 256, minWorkingUnderLoad: 4, maxWorkingUnderLoad: 48 },
  ...{ maxInside: 2048, maxBytes: 64 << 20 },
};
/** How long after a refusal the load counts as too high, in ms. */
const UNDER_LOAD_MS = 1_000;
/** A delivery that takes longer under load, in ms, is one of too many. */
const SLOW_MS = 50;
/** What is left of the places after one that was slow; after one that was not, it takes a full round of them to win one. */
const DECREASE = 0.9;

/** Lets deliveries in by a budget, before anything of their body is read: what is let in is answered soon. */
export class Admission {
  readonly #limits: AdmissionLimits;
  /** Working places under load; it moves as a sender's window in TCP does (additive increase, multiplicative decrease). */
  #places: number;
  #working = 0;
  #inside = 0;
  #bytes = 0;
  #refusedAt = Number.NEGATIVE_INFINITY;

  constructor(limits: AdmissionLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
    this.#places = limits.maxWorkingUnderLoad;
  }

  /** The release of the place, to be called once; undefined when there is no room. `bytes` as announced. */
  enter(bytes: number): (() => void) | undefined {
    if (!this.#hasHands() || !this.#hasRoom(bytes)) return undefined;
    this.#inside += 1;
    this.#bytes += bytes;
    return () => {
      this.#inside -= 1;
      this.#bytes -= bytes;
    };
  }

  /** Was a delivery refused a moment ago because the processor is at its limit? */
  get isUnderLoad(): boolean {
    return performance.now() - this.#refusedAt < UNDER_LOAD_MS;
  }

  /** Counts a delivery whose body is here until it is answered. */
  async work<T>(answer: () => Promise<T>): Promise<T> {
    this.#working += 1;
    const began = performance.now();
    try {
      return await answer();
    } finally {
      this.#working -= 1;
      this.#learn(performance.now() - began);
    }
  }

  /** A refusal for want of hands says that the processor is at its limit; one for want of room says nothing about it. */
  #hasHands(): boolean {
    if (this.#working < (this.isUnderLoad ? this.#places : this.#limits.maxWorking)) return true;
    this.#refusedAt = performance.now();
    return false;
  }

  #learn(tookMs: number): void {
    const { minWorkingUnderLoad: min, maxWorkingUnderLoad: max } = this.#limits;
    const isSlow = this.isUnderLoad && tookMs > SLOW_MS;
    this.#places = isSlow ? Math.max(min, this.#places * DECREASE) : Math.min(max, this.#places + 1 / this.#places);
  }

  #hasRoom(bytes: number): boolean {
    if (this.#inside >= this.#limits.maxInside) return false;
    return this.#inside === 0 || this.#bytes + bytes <= this.#limits.maxBytes;
  }
}

/** What a delivery is told for which there is no room. */
export const NO_ROOM = new ContinuumError('OVERLOADED', 'More deliveries come in than can be taken.', {
  next: 'Send this delivery again a little later.',
  retryable: true,
  retryAfterMs: 1_000,
});
