import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Adapter } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import type { PeftFiles } from '@continuum/transformer/format/peft';
import type { Item, Order, Report, ThreadStart } from './messages.ts';

/** Whatever a thread was doing when it ended. */
export class ThreadDied extends ContinuumError {
  constructor(cause: unknown) {
    super('MODEL_UNAVAILABLE', "The engine's thread ended.", { next: 'Try again.', retryable: true, cause });
  }
}

type Sums = readonly (readonly number[])[];
type Unnumbered = Order extends infer Each ? (Each extends Order ? Omit<Each, 'job'> : never) : never;

/** One engine in a worker thread. Orders are taken one after the other; they all fail with ThreadDied when it ends. */
export class EngineThread {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, PromiseWithResolvers<Sums>>();
  readonly #death = Promise.withResolvers<Error>();
  #lastJob = 0;
  #isDead = false;

  /** Starts an engine. Throws MODEL_UNAVAILABLE when the base cannot be loaded. */
  static async start(start: ThreadStart, onWorker?: (worker: Worker) => void): Promise<EngineThread> {
    // Nothing of the environment: what computes needs no secrets.
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: start, env: {} });
    onWorker?.(worker);
    try {
      await once(worker, 'message');
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ContinuumError('MODEL_UNAVAILABLE', `The engine did not start: ${why}`, {
        next: 'Check the folder of the base model.',
        cause,
      });
    }
    return new EngineThread(worker);
  }

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (report: Report) => this.#settle(report));
    worker.on('error', (error) => this.#die(error));
    worker.on('exit', (code) => this.#die(new Error(`exit code ${code}`)));
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Resolves with the reason when it ends. */
  get died(): Promise<Error> {
    return this.#death.promise;
  }

  /** Takes the buffers over that are given besides. Throws LAYER_CORRUPT, LAYER_INCOMPATIBLE. */
  async load(id: LayerId, layer: PeftFiles | Adapter, transfer: readonly ArrayBuffer[]): Promise<void> {
    await this.#order({ kind: 'load', id, layer }, transfer);
  }

  async unload(id: LayerId): Promise<void> {
    await this.#order({ kind: 'unload', id });
  }

  score(items: readonly Item[]): Promise<Sums> {
    return this.#order({ kind: 'score', items });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #order(order: Unnumbered, transfer: readonly ArrayBuffer[] = []): Promise<Sums> {
    if (this.#isDead) return Promise.reject(new ThreadDied(undefined));
    const job = ++this.#lastJob;
    const waiting = Promise.withResolvers<Sums>();
    this.#jobs.set(job, waiting);
    this.#worker.postMessage({ ...order, job }, [...transfer]);
    return waiting.promise;
  }

  #settle(report: Report): void {
    if (report.kind === 'ready') return;
    const waiting = this.#jobs.get(report.job);
    this.#jobs.delete(report.job);
    if (report.kind === 'done') {
      waiting?.resolve(report.sums);
      return;
    }
    const { code, message, next, retryable } = report.error;
    waiting?.reject(new ContinuumError(code, message, { retryable, ...(next === undefined ? {} : { next }) }));
  }

  #die(cause: Error): void {
    this.#isDead = true;
    this.#death.resolve(cause);
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const waiting of jobs) waiting.reject(new ThreadDied(cause));
  }
}
