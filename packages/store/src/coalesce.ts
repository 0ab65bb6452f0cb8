import { toContinuumError } from '@continuum/contract/errors';

interface Waiting<T, R> {
  readonly item: T;
  readonly weight: number;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

export interface CoalesceOptions<T, R> {
  /** Does them all at once, or none of them; a result for each, in the same order. */
  readonly perform: (items: readonly T[]) => Promise<readonly R[]>;
  /** What one of them weighs, for example bytes; 1 when absent. */
  readonly weigh?: (item: T) => number;
  readonly maxWeight: number;
}

/**
 * Lets calls at the same time share one statement and one commit: what arrives while one runs goes into the next, in the
 * order of the calls. Where a batch is refused its members are tried one by one, so that a bad one fails alone.
 */
export class Coalescer<T, R> {
  readonly #options: CoalesceOptions<T, R>;
  #queue: Waiting<T, R>[] = [];
  #running = false;

  constructor(options: CoalesceOptions<T, R>) {
    this.#options = options;
  }

  /** Resolves with the result of this one, rejects with its error. */
  add(item: T): Promise<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    this.#queue.push({ item, weight: this.#options.weigh?.(item) ?? 1, resolve, reject });
    if (!this.#running) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#queue.length > 0) {
      // One turn of the event loop, so that callers of the same tick, and those just answered, travel together.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#settle(this.#take());
    }
    this.#running = false;
  }

  #take(): Waiting<T, R>[] {
    let weight = 0;
    const limit = this.#queue.findIndex((waiting, index) => {
      weight += waiting.weight;
      return index > 0 && weight > this.#options.maxWeight;
    });
    return this.#queue.splice(0, limit === -1 ? this.#queue.length : limit);
  }

  async #settle(batch: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.#options.perform(batch.map(({ item }) => item));
      for (const [index, result] of results.entries()) batch[index]?.resolve(result);
    } catch (thrown) {
      // A server that is away refuses each of them: no use in asking for each.
      const alone = batch.length === 1 || toContinuumError(thrown).retryable;
      for (const each of batch) {
        if (alone) each.reject(thrown);
        else await this.#settle([each]);
      }
    }
  }
}
