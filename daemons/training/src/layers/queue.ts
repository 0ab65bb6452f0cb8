import { setTimeout as wait } from 'node:timers/promises';
import { toContinuumError } from '@continuum/contract/errors';
import type { TrainingProgress } from '@continuum/contract/training-job';
import type { TrainingRuntime } from '../runtime.ts';
import type { LayerMetrics } from './metrics.ts';
import { type JobRecord, latestJob, readJob, readQueue, writeJob, writeQueue } from './records.ts';
import { runJob } from './run.ts';

/** A failure that may pass (a model that is away) is tried so often, each time after twice as long. */
const MOST_ATTEMPTS = 6;
const FIRST_WAIT_MS = 1000;
/** Progress is told at most this often, in ms. */
const TELL_EVERY_MS = 1000;

type End = 'stopped' | 'cancelled';

/** Jobs one after the other, in an order that outlasts the process: what was running at a crash goes on at the start. */
export class JobQueue {
  readonly #runtime: TrainingRuntime;
  readonly #metrics: LayerMetrics;
  readonly #waiting = new Map<string, Set<(record: JobRecord) => void>>();
  #running: { readonly id: string; readonly abort: AbortController; end: End | undefined } | undefined;
  #loop: Promise<void> | undefined;
  #isStopped = true;

  constructor(runtime: TrainingRuntime, metrics: LayerMetrics) {
    this.#runtime = runtime;
    this.#metrics = metrics;
  }

  /** Goes on with what is in line. */
  start(): void {
    this.#isStopped = false;
    this.#wake();
  }

  /** Stops the running job at its next step; it stays first in line. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#abort('stopped');
    await this.#loop;
  }

  /** Puts a job in line, or back in line; answers with the one of its scope that stands there already. */
  async add(record: JobRecord): Promise<JobRecord> {
    const inLine = await this.#runtime.store.transaction(async ({ values }) => {
      const latest = await latestJob(values, record.scope);
      if (latest !== undefined && !isOver(latest)) return latest;
      await writeJob(values, record);
      await writeQueue(values, [...(await readQueue(values)).filter((id) => id !== record.id), record.id]);
      return record;
    });
    if (inLine === record) await this.#tell(record);
    this.#wake();
    return inLine;
  }

  /** Resolves when the job has ended, however; at once for one that has. */
  async ended(id: string): Promise<JobRecord | undefined> {
    const over = new Promise<JobRecord>((resolve) => {
      const all = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, all.add(resolve));
    });
    const record = await readJob(this.#runtime.store.values, id);
    const isOver = record === undefined || !(await readQueue(this.#runtime.store.values)).includes(id);
    return isOver ? record : over;
  }

  /** Ends a job that runs or waits; its checkpoint stays. False when it had ended before. */
  async cancel(record: JobRecord): Promise<boolean> {
    if (this.#running?.id === record.id) {
      this.#abort('cancelled');
      await this.ended(record.id);
      return true;
    }
    if (!(await readQueue(this.#runtime.store.values)).includes(record.id)) return false;
    await this.#end({ ...record, progress: { ...record.progress, state: 'cancelled' } });
    return true;
  }

  #abort(end: End): void {
    if (this.#running === undefined) return;
    this.#running.end ??= end;
    this.#running.abort.abort();
  }

  #wake(): void {
    if (this.#isStopped) return;
    this.#loop = (this.#loop ?? Promise.resolve())
      .then(() => this.#drain())
      .catch((error: unknown) => this.#runtime.log.error({ err: error }, 'the queue of training jobs broke off'));
  }

  async #drain(): Promise<void> {
    while (!this.#isStopped) {
      const [first] = await readQueue(this.#runtime.store.values);
      if (first === undefined) return;
      const record = await readJob(this.#runtime.store.values, first);
      if (record === undefined || isOver(record)) await this.#leave(first);
      else await this.#work(record);
    }
  }

  async #work(record: JobRecord): Promise<void> {
    const running = { id: record.id, abort: new AbortController(), end: undefined as End | undefined };
    this.#running = running;
    try {
      const { record: done, verdict } = await this.#attempt(record, running.abort.signal);
      this.#metrics.gated(verdict);
      await this.#end(done);
    } catch (thrown) {
      if (running.end === 'stopped') return;
      await this.#fail(record, running.end, thrown);
    } finally {
      this.#running = undefined;
    }
  }

  async #attempt(record: JobRecord, signal: AbortSignal): ReturnType<typeof runJob> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await runJob(this.#runtime, record, { signal, onProgress: this.#throttled(record) });
      } catch (thrown) {
        const error = toContinuumError(thrown);
        if (signal.aborted || !error.retryable || attempt >= MOST_ATTEMPTS) throw error;
        this.#runtime.log.warn({ err: error, job: record.id, attempt }, 'a training job will be tried again');
        await wait(FIRST_WAIT_MS * 2 ** (attempt - 1), undefined, { signal });
      }
    }
  }

  /** Writes progress down and tells it, at most once a second; what comes meanwhile is older news by then. */
  #throttled(record: JobRecord): (progress: TrainingProgress) => void {
    let toldAt = Number.NEGATIVE_INFINITY;
    return (progress) => {
      if (progress.state !== 'running' || performance.now() - toldAt < TELL_EVERY_MS) return;
      toldAt = performance.now();
      const next = { ...record, progress };
      this.#note(next).catch((error: unknown) =>
        this.#runtime.log.warn({ err: error, job: record.id }, 'the progress of a job was not written down'),
      );
    };
  }

  async #note(record: JobRecord): Promise<void> {
    const isNews = await this.#runtime.store.transaction(async ({ values }) => {
      const known = await readJob(values, record.id);
      // Late news must not bring a job back to life.
      if (known === undefined || isOver(known)) return false;
      await writeJob(values, record);
      return true;
    });
    if (isNews) await this.#tell(record);
  }

  async #fail(record: JobRecord, end: End | undefined, thrown: unknown): Promise<void> {
    const latest = (await readJob(this.#runtime.store.values, record.id)) ?? record;
    const { step, steps, tokens } = latest.progress;
    const reached = { jobId: record.id, step, steps, tokens };
    if (end === 'cancelled') return this.#end({ ...latest, progress: { ...reached, state: 'cancelled' } });
    const { message, next } = toContinuumError(thrown);
    this.#runtime.log.error({ err: thrown, job: record.id, scope: record.scope }, 'a training job failed');
    const error = next === undefined ? message : `${message}. ${next}`;
    await this.#end({ ...latest, progress: { ...reached, state: 'failed', error } });
  }

  async #end(record: JobRecord): Promise<void> {
    await this.#runtime.store.transaction(async ({ values }) => {
      await writeJob(values, record);
      await writeQueue(
        values,
        (await readQueue(values)).filter((id) => id !== record.id),
      );
    });
    this.#metrics.ended(record.progress.state);
    await this.#tell(record);
    for (const resolve of this.#waiting.get(record.id) ?? []) resolve(record);
    this.#waiting.delete(record.id);
  }

  async #leave(id: string): Promise<void> {
    await this.#runtime.store.transaction(async ({ values }) =>
      writeQueue(
        values,
        (await readQueue(values)).filter((each) => each !== id),
      ),
    );
  }

  async #tell({ progress, scope }: JobRecord): Promise<void> {
    await this.#runtime.bus.emit('training:progress', { ...progress, scope });
  }
}

/** Has the job come to an end, good or bad? */
export function isOver({ progress }: JobRecord): boolean {
  return progress.state === 'done' || progress.state === 'failed' || progress.state === 'cancelled';
}
