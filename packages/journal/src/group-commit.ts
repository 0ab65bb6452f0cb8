import { ContinuumError } from '@continuum/contract/errors';

interface Waiting {
  readonly chunks: readonly Buffer[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Failure {
  readonly error: unknown;
}

export interface GroupCommitLimits {
  /** Bytes waiting or being written before new ones are turned away. */
  readonly maxQueuedBytes: number;
  /** Bytes in one write. */
  readonly maxBatchBytes: number;
}

/** Lets callers at the same time share one durable write: what arrives while one write runs goes into the next. */
export class GroupCommit {
  readonly #write: (chunks: readonly Buffer[]) => Promise<void>;
  readonly #limits: GroupCommitLimits;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;

  constructor(write: (chunks: readonly Buffer[]) => Promise<void>, limits: GroupCommitLimits) {
    this.#write = write;
    this.#limits = limits;
  }

  /** Resolves when the bytes are durable, rejects with the error of their write. Throws OVERLOADED. */
  add(chunks: readonly Buffer[]): Promise<void> {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > this.#limits.maxQueuedBytes) {
      return Promise.reject(
        new ContinuumError('OVERLOADED', 'The journal has more waiting than it may hold.', {
          next: 'Send this delivery again a little later.',
          retryable: true,
          retryAfterMs: 1000,
        }),
      );
    }
    const done = Promise.withResolvers<void>();
    this.#queuedBytes += bytes;
    this.#queue.push({ chunks, bytes, resolve: done.resolve, reject: done.reject });
    this.#running ??= this.#run();
    return done.promise;
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // One turn of the event loop, so that callers of the same tick travel together.
    await new Promise((resolve) => setImmediate(resolve));
    let batch = this.#take();
    let writing = this.#begin(batch);
    while (batch.length > 0) {
      const failure = await writing;
      // The next write begins before the callers of this one go on: the disk works while they answer.
      const next = this.#take();
      writing = this.#begin(next);
      this.#settle(batch, failure);
      batch = next;
    }
    this.#running = undefined;
  }

  #take(): Waiting[] {
    let bytes = 0;
    const limit = this.#queue.findIndex((waiting, index) => {
      bytes += waiting.bytes;
      return index > 0 && bytes > this.#limits.maxBatchBytes;
    });
    return this.#queue.splice(0, limit === -1 ? this.#queue.length : limit);
  }

  /** The failure of a write, undefined when it went well; never throws. */
  async #begin(batch: readonly Waiting[]): Promise<Failure | undefined> {
    if (batch.length === 0) return undefined;
    try {
      await this.#write(batch.flatMap((waiting) => waiting.chunks));
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  #settle(batch: readonly Waiting[], failure: Failure | undefined): void {
    for (const { bytes, resolve, reject } of batch) {
      this.#queuedBytes -= bytes;
      if (failure === undefined) resolve();
      else reject(failure.error);
    }
  }
}
