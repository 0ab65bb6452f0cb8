import { ContinuumError } from '@continuum/contract/errors';

interface AdmissionLimits {
  /** Deliveries whose body is here and that are not answered yet. */
  readonly maxWorking: number;
  /** Deliveries between their headers and their answer: slow senders are among them, and take no working place. */
  readonly maxInside: number;
  /** Announced bytes of all inside; one delivery is always let in. */
  readonly maxBytes: number;
}

/**
 * From measurement: at 1,000 deliveries a second, which two busy cores manage, 256 are answered within 300 ms; more only wait
 * longer.
 */
const DEFAULT_LIMITS: AdmissionLimits = { maxWorking: 256, maxInside: 2048, maxBytes: 64 << 20 };

/** Lets deliveries in by a budget, before anything of their body is read: what is let in is answered soon. */
export class Admission {
  readonly #limits: AdmissionLimits;
  #working = 0;
  #inside = 0;
  #bytes = 0;

  constructor(limits: AdmissionLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** The release of the place, to be called once; undefined when there is no room. `bytes` as announced. */
  enter(bytes: number): (() => void) | undefined {
    const { maxWorking, maxInside, maxBytes } = this.#limits;
    if (this.#working >= maxWorking || this.#inside >= maxInside) return undefined;
    if (this.#inside > 0 && this.#bytes + bytes > maxBytes) return undefined;
    this.#inside += 1;
    this.#bytes += bytes;
    return () => {
      this.#inside -= 1;
      this.#bytes -= bytes;
    };
  }

  /** Counts a delivery whose body is here until it is answered. */
  async work<T>(answer: () => Promise<T>): Promise<T> {
    this.#working += 1;
    try {
      return await answer();
    } finally {
      this.#working -= 1;
    }
  }
}

/** What a delivery is told for which there is no room. */
export const NO_ROOM = new ContinuumError('OVERLOADED', 'More deliveries come in than can be taken.', {
  next: 'Send this delivery again a little later.',
  retryable: true,
  retryAfterMs: 1_000,
});
