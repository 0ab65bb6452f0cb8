import { ContinuumError } from '@continuum/contract/errors';

/** Keeps small values by key; the store's `values` fit. */
export interface ValueCache {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, expiresAt?: Date): Promise<void>;
}

export interface BudgetLimits {
  /** Prompt and completion tokens a day (UTC), counted across restarts. */
  readonly tokensPerDay?: number;
  /** Prompt and completion tokens of one call. */
  readonly maxTokensPerCall?: number;
  /** ms that one `generate` may take, with its retries. Default 120 000. */
  readonly timeoutMs?: number;
  /** ms that one request may take before it is tried again. Default: half of `timeoutMs`. */
  readonly attemptTimeoutMs?: number;
}

const DAY_MS = 86_400_000;
const exceeded = (message: string, next: string): ContinuumError =>
  new ContinuumError('MODEL_BUDGET_EXCEEDED', message, { next });

/** Tokens of a text, guessed high: 3 bytes a token, where English prose has about 4. */
export function estimateTokens(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.ceil(Buffer.byteLength(text) / 3) + 8, 0);
}

/** Tokens left for the answer of a call. Throws MODEL_BUDGET_EXCEEDED when the prompt alone is too much. */
export function completionAllowance(
  promptTokens: number,
  wanted: number,
  maxTokensPerCall: number | undefined,
): number {
  const allowance = Math.min(wanted, (maxTokensPerCall ?? Number.POSITIVE_INFINITY) - promptTokens);
  if (allowance >= 1) return allowance;
  throw exceeded(
    `The prompt has about ${promptTokens} tokens, and one call may have ${maxTokensPerCall}.`,
    'Send less, or raise maxTokensPerCall.',
  );
}

/** Counts the tokens of each day. Reserves before a call, so that calls at the same time do not overspend together. */
export class DailyTokens {
  readonly #cache: ValueCache;
  readonly #key: string;
  readonly #limit: number | undefined;
  readonly #now: () => Date;
  #day = '';
  #spent = 0;
  #reserved = 0;
  #loading: Promise<void> | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(cache: ValueCache, model: string, limit: number | undefined, now: () => Date) {
    this.#cache = cache;
    this.#key = `model-tokens:${model}`;
    this.#limit = limit;
    this.#now = now;
  }

  /** Sets tokens aside and returns what turns them into spent ones. Throws MODEL_BUDGET_EXCEEDED. */
  async reserve(tokens: number): Promise<(spent: number) => Promise<void>> {
    await this.#turnDay();
    const limit = this.#limit ?? Number.POSITIVE_INFINITY;
    if (this.#spent + this.#reserved + tokens > limit) {
      throw exceeded(
        `${this.#spent} of ${limit} tokens are spent today, and this call may take ${tokens}.`,
        'Wait until 00:00 UTC, or raise tokensPerDay.',
      );
    }
    this.#reserved += tokens;
    return async (spent) => {
      this.#reserved -= tokens;
      this.#spent += spent;
      await this.#save();
    };
  }

  async #turnDay(): Promise<void> {
    const day = this.#now().toISOString().slice(0, 10);
    if (day !== this.#day) {
      this.#day = day;
      this.#spent = 0;
      this.#loading = this.#load(day).catch((error) => {
        this.#day = '';
        throw error;
      });
    }
    await this.#loading;
  }

  async #load(day: string): Promise<void> {
    const saved = await this.#cache.get(`${this.#key}:${day}`);
    if (typeof saved === 'number' && day === this.#day) this.#spent += saved;
  }

  #save(): Promise<void> {
    const write = (): Promise<void> => {
      const expiry = new Date(this.#now().getTime() + 2 * DAY_MS);
      return this.#cache.set(`${this.#key}:${this.#day}`, this.#spent, expiry);
    };
    // A count that cannot be saved is still kept in memory.
    this.#saving = this.#saving.then(write).catch(() => undefined);
    return this.#saving;
  }
}
