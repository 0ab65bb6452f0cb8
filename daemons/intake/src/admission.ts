import { ContinuumError } from '@continuum/contract/errors';

export interface AdmissionLimits {
  /** Deliveries between their headers and their answer. */
  readonly maxRequests: number;
  /** Announced bytes of their bodies; one delivery is always let in. */
  readonly maxBytes: number;
}

/**
 * From measurement: at 1,000 deliveries a second, which two busy cores manage, 256 are answered within 300 ms; more only wait
 * longer.
 */
export const DEFAULT_LIMITS: AdmissionLimits = { maxRequests: 256, maxBytes: 64 << 20 };

/** Lets deliveries in by a budget, before anything of their body is read: what is let in is answered soon. */
export class Admission {
  readonly #limits: AdmissionLimits;
  #requests = 0;
  #bytes = 0;

  constructor(limits: AdmissionLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  get requests(): number {
    return this.#requests;
  }

  /** The release of the place, to be called once; undefined when there is no room. `bytes` as announced. */
  enter(bytes: number): (() => void) | undefined {
    const { maxRequests, maxBytes } = this.#limits;
    if (this.#requests >= maxRequests) return undefined;
    if (this.#requests > 0 && this.#bytes + bytes > maxBytes) return undefined;
    this.#requests += 1;
    this.#bytes += bytes;
    return () => {
      this.#requests -= 1;
      this.#bytes -= bytes;
    };
  }
}

/** What a delivery is told for which there is no room. */
export const NO_ROOM = new ContinuumError('OVERLOADED', 'More deliveries come in than can be taken.', {
  next: 'Send this delivery again a little later.',
  retryable: true,
  retryAfterMs: 1_000,
});
