import { ContinuumError } from '@continuum/contract/errors';
import type { TrainingRuntime } from '../runtime.ts';
import { Change } from './change.ts';
import {
  askToCancel,
  forgetCancel,
  isOver,
  type JobRecord,
  latestJob,
  lockQueue,
  readJob,
  readQueue,
  writeJob,
  writeQueue,
} from './records.ts';

/** What another process did is heard of as an event, at most once, and else found out after this, in ms. */
const LOOK_MS = 2_000;

/** The line of training jobs as every process sees it: it lies in the store, one process works through it. */
export class Line {
  /** Says that the line may have changed, here or elsewhere. */
  readonly change = new Change();
  readonly #runtime: TrainingRuntime;
  readonly #stopping = new AbortController();

  constructor(runtime: TrainingRuntime) {
    this.#runtime = runtime;
  }

  /** Nobody waits for the end of a job here any more. */
  stop(): void {
    this.#stopping.abort(new ContinuumError('ABORTED', 'this process stops; the job goes on', { retryable: true }));
  }

  /** Puts a job in line, or back in line; answers with the one of its scope that stands there already. */
  async add(record: JobRecord): Promise<JobRecord> {
    const inLine = await this.#runtime.store.transaction(async ({ values }) => {
      await lockQueue(values);
      const latest = await latestJob(values, record.scope);
      if (latest !== undefined && !isOver(latest)) return latest;
      await forgetCancel(values, record.id);
      await writeJob(values, record);
      await writeQueue(values, [...(await readQueue(values)).filter((id) => id !== record.id), record.id]);
      return record;
    });
    if (inLine === record) await this.tell(record);
    this.change.tell();
    return inLine;
  }

  /** The first job that is not over, while the line has one; what is over leaves it. */
  async first(): Promise<JobRecord | undefined> {
    for (;;) {
      const [id] = await readQueue(this.#runtime.store.values);
      if (id === undefined) return undefined;
      const record = await readJob(this.#runtime.store.values, id);
      if (record !== undefined && !isOver(record)) return record;
      await this.#leave(id);
    }
  }

  /** Resolves when the job has left the line, however; at once for one that has. Throws ABORTED when `signal` says so. */
  async ended(id: string, signal?: AbortSignal): Promise<JobRecord | undefined> {
    const { values } = this.#runtime.store;
    const given = signal === undefined ? this.#stopping.signal : AbortSignal.any([signal, this.#stopping.signal]);
    for (;;) {
      const changed = this.change.next(LOOK_MS, given);
      if (!(await readQueue(values)).includes(id)) return readJob(values, id);
      await changed;
      this.#stopping.signal.throwIfAborted();
      if (given.aborted) throw new ContinuumError('ABORTED', 'nobody waits for the job any more; it goes on');
    }
  }

  /** Ends a job that waits, and asks whoever works on it to end it; its checkpoint stays. False when it had ended before. */
  async cancel(id: string): Promise<boolean> {
    const place = await this.#runtime.store.transaction(async ({ values }) => {
      await lockQueue(values);
      const at = (await readQueue(values)).indexOf(id);
      // Somebody works on the first one, or is about to.
      if (at === 0) await askToCancel(values, id);
      return at;
    });
    if (place === -1) return false;
    if (place === 0) {
      await this.#nudge(id);
      await this.ended(id);
      return true;
    }
    const record = await readJob(this.#runtime.store.values, id);
    if (record !== undefined) await this.end({ ...record, progress: { ...record.progress, state: 'cancelled' } });
    return true;
  }

  /** Writes down how a job came to its end and takes it out of the line. */
  async end(record: JobRecord): Promise<void> {
    await this.#runtime.store.transaction(async ({ values }) => {
      await lockQueue(values);
      await writeJob(values, record);
      await forgetCancel(values, record.id);
      await this.#without(values, record.id);
    });
    await this.tell(record);
    this.change.tell();
  }

  /** Writes progress down and tells it; late news does not bring a job back to life. */
  async note(record: JobRecord): Promise<void> {
    const isNews = await this.#runtime.store.transaction(async ({ values }) => {
      await lockQueue(values);
      const known = await readJob(values, record.id);
      if (known === undefined || isOver(known)) return false;
      await writeJob(values, record);
      return true;
    });
    if (isNews) await this.tell(record);
  }

  async tell({ progress, scope }: JobRecord): Promise<void> {
    await this.#runtime.bus.emit('training:progress', { ...progress, scope });
  }

  /** Who works on it looks at once instead of in a moment. */
  async #nudge(id: string): Promise<void> {
    this.change.tell();
    const record = await readJob(this.#runtime.store.values, id);
    if (record !== undefined) await this.tell(record);
  }

  async #leave(id: string): Promise<void> {
    await this.#runtime.store.transaction(async ({ values }) => {
      await lockQueue(values);
      await this.#without(values, id);
    });
    this.change.tell();
  }

  async #without(values: TrainingRuntime['store']['values'], id: string): Promise<void> {
    await writeQueue(
      values,
      (await readQueue(values)).filter((each) => each !== id),
    );
  }
}
