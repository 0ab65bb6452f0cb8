import { setTimeout as wait } from 'node:timers/promises';
import { toContinuumError } from '@continuum/contract/errors';
import type { TrainingProgress } from '@continuum/contract/training-job';
import type { TrainingRuntime } from '../runtime.ts';
import type { Line } from './line.ts';
import type { LayerMetrics } from './metrics.ts';
import { isCancelAsked, type JobRecord, readJob } from './records.ts';
import { runJob } from './run.ts';

/** A failure that may pass (a model that is away) is tried so often, each time after twice as long. */
const MOST_ATTEMPTS = 6;
const FIRST_WAIT_MS = 1000;
/** Progress is told at most this often, in ms. */
const TELL_EVERY_MS = 1000;
/** Jobs and wishes of other processes are looked for this often, in ms. */
const LOOK_MS = 2000;

/**
 * Works through the line, one job after the other, until the signal says so: the job in hand then stops at its next step
 * and stays first in line, for whoever works on. One process at a time may do this.
 */
export async function workThrough(
  runtime: TrainingRuntime,
  line: Line,
  metrics: LayerMetrics,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const changed = line.change.next(LOOK_MS, signal);
    const record = await line.first();
    if (record === undefined) await changed;
    else await work({ runtime, line, metrics }, record, signal);
  }
}

interface WorkParts {
  readonly runtime: TrainingRuntime;
  readonly line: Line;
  readonly metrics: LayerMetrics;
}

async function work(parts: WorkParts, record: JobRecord, stop: AbortSignal): Promise<void> {
  const { line, metrics } = parts;
  const over = new AbortController();
  const cancelled = new AbortController();
  const watching = watchForCancel(parts, record.id, cancelled, over.signal);
  try {
    const { record: done, verdict } = await attempt(parts, record, AbortSignal.any([stop, cancelled.signal]));
    metrics.gated(verdict);
    await line.end(done);
    metrics.ended(done.progress.state);
  } catch (thrown) {
    if (stop.aborted && !cancelled.signal.aborted) return;
    await fail(parts, record, cancelled.signal.aborted, thrown);
  } finally {
    over.abort();
    await watching;
  }
}

async function watchForCancel(
  { runtime, line }: WorkParts,
  id: string,
  cancelled: AbortController,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const changed = line.change.next(LOOK_MS, over);
    const isAsked = await isCancelAsked(runtime.store.values, id).catch(() => false);
    if (isAsked) return cancelled.abort();
    await changed;
  }
}

async function attempt(parts: WorkParts, record: JobRecord, signal: AbortSignal): ReturnType<typeof runJob> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await runJob(parts.runtime, record, { signal, onProgress: throttled(parts, record) });
    } catch (thrown) {
      const error = toContinuumError(thrown);
      // The process that worked on it before may need a moment to let go of its folder.
      const mayPass = error.retryable || error.code === 'STORE_LOCKED';
      if (signal.aborted || !mayPass || attempts >= MOST_ATTEMPTS) throw error;
      parts.runtime.log.warn({ err: error, job: record.id, attempts }, 'a training job will be tried again');
      await wait(FIRST_WAIT_MS * 2 ** (attempts - 1), undefined, { signal });
    }
  }
}

/** Writes progress down and tells it, at most once a second; what comes meanwhile is older news by then. */
function throttled({ runtime, line }: WorkParts, record: JobRecord): (progress: TrainingProgress) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (progress.state !== 'running' || performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    line
      .note({ ...record, progress })
      .catch((error: unknown) =>
        runtime.log.warn({ err: error, job: record.id }, 'the progress of a job was not written down'),
      );
  };
}

async function fail(parts: WorkParts, record: JobRecord, isCancelled: boolean, thrown: unknown): Promise<void> {
  const { runtime, line, metrics } = parts;
  const latest = (await readJob(runtime.store.values, record.id)) ?? record;
  const { step, steps, tokens } = latest.progress;
  const reached = { jobId: record.id, step, steps, tokens };
  if (isCancelled) {
    await line.end({ ...latest, progress: { ...reached, state: 'cancelled' } });
    return metrics.ended('cancelled');
  }
  const { message, next } = toContinuumError(thrown);
  runtime.log.error({ err: thrown, job: record.id, scope: record.scope }, 'a training job failed');
  const error = next === undefined ? message : `${message}. ${next}`;
  await line.end({ ...latest, progress: { ...reached, state: 'failed', error } });
  metrics.ended('failed');
}
