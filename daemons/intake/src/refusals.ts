import { ContinuumError } from '@continuum/contract/errors';
import type { IntakeMetrics } from './metrics.ts';
import type { IntakeRuntime } from './runtime.ts';

/** What the webhook endpoint answers. */
export interface IntakeAnswer {
  readonly status: number;
  /** Nothing is written when absent. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** After the journal refused, the next deliveries are refused unread for this long, in ms. */
const REFUSE_MS = 250;
/** Between two lines of the log about deliveries refused unread, in ms. */
const LOG_EVERY_MS = 1_000;

/** Answers refused deliveries, and remembers for a moment that the journal has no room. */
export class Refusals {
  readonly #runtime: Pick<IntakeRuntime, 'now' | 'log'>;
  readonly #metrics: IntakeMetrics;
  #overloaded: ContinuumError | undefined;
  #until = 0;
  #unlogged = 0;
  #loggedAt = 0;

  constructor(runtime: Pick<IntakeRuntime, 'now' | 'log'>, metrics: IntakeMetrics) {
    this.#runtime = runtime;
    this.#metrics = metrics;
  }

  /** Why the journal took nothing a moment ago. */
  current(): ContinuumError | undefined {
    if (this.#overloaded !== undefined && this.#runtime.now().getTime() >= this.#until) this.#overloaded = undefined;
    return this.#overloaded;
  }

  /** The answer to a delivery that was looked at and refused. */
  answer(source: string, error: ContinuumError): IntakeAnswer {
    if (error.code === 'OVERLOADED') {
      this.#overloaded = error;
      this.#until = this.#runtime.now().getTime() + REFUSE_MS;
    }
    this.#metrics.refused.inc({ code: error.code });
    this.#runtime.log.warn({ source, code: error.code }, `delivery refused: ${error.message}`);
    return toAnswer(error);
  }

  /** The answer to a delivery that is refused unread: cheap, because there are many of them. */
  unread(error: ContinuumError): IntakeAnswer {
    this.#metrics.refused.inc({ code: error.code });
    this.#unlogged += 1;
    const now = this.#runtime.now().getTime();
    if (Math.abs(now - this.#loggedAt) >= LOG_EVERY_MS) {
      this.#runtime.log.warn(
        { code: error.code, times: this.#unlogged },
        `deliveries refused unread: ${error.message}`,
      );
      this.#loggedAt = now;
      this.#unlogged = 0;
    }
    return toAnswer(error);
  }
}

function toAnswer(error: ContinuumError): IntakeAnswer {
  const retryAfter = error.code === 'OVERLOADED' || error.code === 'SOURCE_NOT_CONFIGURED';
  const seconds = Math.ceil((error.retryAfterMs ?? 5_000) / 1_000);
  return {
    status: error.status,
    body: error.toJSON(),
    ...(retryAfter ? { headers: { 'retry-after': String(seconds) } } : {}),
  };
}

/** A failed append as the sender should hear it: whatever is wrong with the disk, later it may work. */
export function toAppendError(thrown: unknown): unknown {
  if (thrown instanceof ContinuumError) return thrown;
  return new ContinuumError('OVERLOADED', 'The delivery could not be written to disk.', {
    next: 'Look at the log and the disk of the server; send this delivery again later.',
    retryable: true,
    retryAfterMs: 10_000,
    cause: thrown,
  });
}
