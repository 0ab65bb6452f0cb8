import { Worker } from 'node:worker_threads';
import { ContinuumError } from '@continuum/contract/errors';
import { toStoreError } from '../failure.ts';
import type { Numbered, Reply, Request, WorkerStart } from './protocol.ts';

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

const RESTORE =
  'move CONTINUUM_HOME away and restore the latest backup from an empty one: `continuum restore <backup folder>`.';

function damaged(what: string): ContinuumError {
  return new ContinuumError('STORE_CORRUPT', `The store is damaged: ${what}`, {
    next: `To keep every byte, ${RESTORE} If you changed these files yourself, remove data.seal to start without this check.`,
  });
}

/** A thread that answers nothing for so long while something waits does not come back: seen on a disk that was full. */
const SILENT_MS = 5 * 60_000;
const LOOKS = 10;

/** The database thread seen from the main thread: numbered requests, numbered replies. */
export class DatabaseThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #ended: ContinuumError | undefined;
  readonly #lost = new AbortController();
  #isTerminated = false;
  #answeredAt = performance.now();
  #watch: NodeJS.Timeout | undefined;

  private constructor(start: WorkerStart) {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: start });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', (code) => this.#end(`exit code ${code}`));
  }

  /** Opens the database in a thread of its own. Throws STORE_CORRUPT when it cannot be opened. */
  static async start(start: WorkerStart, silentMs = SILENT_MS): Promise<DatabaseThread> {
    const thread = new DatabaseThread(start);
    await thread.#reply(0);
    // Not before: making a database, or recovering a large one, takes its time.
    thread.#watch = setInterval(() => thread.#look(silentMs), silentMs / LOOKS).unref();
    return thread;
  }

  /** Says why the thread is gone though nobody ended it. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Sends a request; rejects with CONFLICT or INTERNAL when the statement fails, STORE_CORRUPT when the thread ended. */
  async send(request: Request): Promise<Reply> {
    if (this.#ended !== undefined) throw this.#ended;
    // From here on the end of the thread is what was asked for.
    if (request.kind === 'close') this.#isTerminated = true;
    const id = this.#next++;
    if (this.#waiting.size === 0) this.#answeredAt = performance.now();
    const reply = this.#reply(id);
    this.#worker.postMessage({ ...request, id } satisfies Numbered);
    return reply;
  }

  /** Ends the thread at once; what waits is rejected. */
  async terminate(): Promise<void> {
    this.#isTerminated = true;
    await this.#worker.terminate();
  }

  #reply(id: number): Promise<Reply> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #look(silentMs: number): void {
    if (this.#waiting.size === 0 || performance.now() - this.#answeredAt < silentMs) return;
    this.#end(`no answer for ${silentMs / 1000} s`);
    void this.#worker.terminate();
  }

  #settle(reply: Reply): void {
    this.#answeredAt = performance.now();
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('damage' in reply) waiting?.reject(damaged(reply.damage));
    else if ('failure' in reply) waiting?.reject(toStoreError(reply.failure));
    else waiting?.resolve(reply);
  }

  #end(why: string): void {
    clearInterval(this.#watch);
    this.#ended ??= new ContinuumError('STORE_CORRUPT', `The database thread ended: ${why}`, {
      next: `Restart; if the store does not open, ${RESTORE}`,
    });
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
    if (!this.#isTerminated) this.#lost.abort(this.#ended);
  }
}
