import { setTimeout as sleep } from 'node:timers/promises';
import { ContinuumError } from '@continuum/contract/errors';
import { isTransient, retryAfterMs, toUnavailable } from './failure.ts';

const MAX_ATTEMPTS = 4;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 8000;

export interface PatienceOptions {
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly apiKey: string;
  readonly now: () => Date;
  readonly onRetry: (error: ContinuumError, delayMs: number) => void;
}

/** The time of one `generate`: requests run, wait and retry inside it. */
export class Patience {
  readonly #options: PatienceOptions;
  readonly #deadline: number;
  readonly #over: AbortSignal;

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#deadline = performance.now() + options.timeoutMs;
    const limit = AbortSignal.timeout(options.timeoutMs);
    this.#over = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  }

  /**
   * Runs a request, again after transient failures, with doubled delays and jitter or as long as the server asks.
   * Throws MODEL_BUDGET_EXCEEDED when the time is over, ABORTED, or the last error.
   */
  async attempt<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      this.#assertTimeLeft();
      const late = AbortSignal.timeout(this.#options.attemptTimeoutMs);
      try {
        return await request(AbortSignal.any([this.#over, late]));
      } catch (thrown) {
        this.#assertTimeLeft();
        const error = late.aborted ? tooLate(this.#options.attemptTimeoutMs) : thrown;
        if (attempt >= MAX_ATTEMPTS || !isTransient(error)) throw error;
        await this.#wait(error, attempt);
      }
    }
  }

  #assertTimeLeft(): void {
    if (this.#options.signal?.aborted) {
      throw new ContinuumError('ABORTED', 'The call to the model was stopped by its caller.');
    }
    if (!this.#over.aborted) return;
    throw new ContinuumError('MODEL_BUDGET_EXCEEDED', `The model took longer than ${this.#options.timeoutMs} ms.`, {
      next: 'Ask for less, raise timeoutMs, or use a faster model.',
    });
  }

  async #wait(error: unknown, attempt: number): Promise<void> {
    const asked = retryAfterMs(error, this.#options.now());
    const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
    const delayMs = asked ?? (full * (1 + Math.random())) / 2;
    const failure = toUnavailable(error, this.#options.apiKey, this.#options.now());
    // Whoever called can wait longer than this call may.
    if (performance.now() + delayMs >= this.#deadline) throw failure;
    this.#options.onRetry(failure, delayMs);
    await sleep(delayMs, undefined, { signal: this.#over }).catch(() => undefined);
  }
}

function tooLate(ms: number): ContinuumError {
  return new ContinuumError('MODEL_UNAVAILABLE', `The model gave no answer within ${ms} ms.`, {
    next: 'Check that the model server is running, or give it more time.',
    retryable: true,
  });
}
