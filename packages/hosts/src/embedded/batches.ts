import type { ContinuumError } from '@continuum/contract/errors';
import type { EngineThread } from './engine-thread.ts';
import { ThreadDied } from './engine-thread.ts';
import type { Item } from './messages.ts';

/** Tokens of one batch: large enough to fill the kernels, small enough that a newcomer does not wait long. */
const BATCH_TOKENS = 1024;

interface Waiting extends PromiseWithResolvers<readonly number[]> {
  readonly item: Item;
  readonly signal: AbortSignal | undefined;
  /** A thread died over it before. */
  hasDied: boolean;
}

/** Gathers what waits at the same time into one call of the engine, whatever layers each item is under. */
export class Batches {
  readonly #queue: Waiting[] = [];
  readonly #idle: EngineThread[] = [];
  #isScheduled = false;

  /** The sums of an item's completions. Throws MODEL_UNAVAILABLE when two threads died over it. */
  score(item: Item, signal: AbortSignal | undefined): Promise<readonly number[]> {
    const waiting = { ...Promise.withResolvers<readonly number[]>(), item, signal, hasDied: false };
    this.#queue.push(waiting);
    this.#schedule();
    return waiting.promise;
  }

  /** A thread that has nothing to do. */
  offer(thread: EngineThread): void {
    this.#idle.push(thread);
    this.#schedule();
  }

  /** Nobody will come to compute what waits. */
  fail(error: ContinuumError): void {
    for (const waiting of this.#queue.splice(0)) waiting.reject(error);
  }

  /** After whatever else came in with the same turn of the loop. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#idle.length > 0) {
      const thread = this.#idle.shift();
      if (thread !== undefined && !thread.isDead) void this.#run(thread, this.#take());
    }
  }

  /** The next items that fit into a batch, at least one; nobody waits for those whose callers gave up. */
  #take(): Waiting[] {
    const batch: Waiting[] = [];
    let tokens = 0;
    for (;;) {
      const next = this.#queue[0];
      if (next === undefined) return batch;
      tokens += tokensOf(next.item);
      if (batch.length > 0 && tokens > BATCH_TOKENS) return batch;
      this.#queue.shift();
      if (!next.signal?.aborted) batch.push(next);
    }
  }

  async #run(thread: EngineThread, batch: readonly Waiting[]): Promise<void> {
    await this.#compute(thread, batch);
    this.offer(thread);
  }

  async #compute(thread: EngineThread, batch: readonly Waiting[]): Promise<void> {
    try {
      const sums = batch.length === 0 ? [] : await thread.score(batch.map(({ item }) => item));
      for (const [index, waiting] of batch.entries()) waiting.resolve(sums[index] ?? []);
    } catch (error) {
      if (error instanceof ThreadDied || batch.length === 1) {
        for (const waiting of batch.toReversed()) this.#retryOrReject(waiting, error);
      } else {
        // One of them is at fault; the others shall not suffer for it.
        for (const waiting of batch) await this.#compute(thread, [waiting]);
      }
    }
  }

  #retryOrReject(waiting: Waiting, error: unknown): void {
    if (error instanceof ThreadDied && !waiting.hasDied) {
      waiting.hasDied = true;
      this.#queue.unshift(waiting);
    } else {
      waiting.reject(error);
    }
  }
}

function tokensOf({ prompt, completions }: Item): number {
  return completions.reduce((sum, { length }) => sum + length, prompt.length);
}
