import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { Trainer } from '@continuum/contract/ports/trainer';
import { type TrainedLayer, TrainingJob } from '@continuum/contract/training-job';
import { lockFolder } from '@continuum/folder-lock/folder-lock';
import { z } from 'zod';
import { adapterFolder, claimFolder, readDone, writeDone } from './done.ts';
import { createReporter, type Reporter } from './progress.ts';

/** One job as a trainer's own part sees it: checked, its folder held by this process, not finished before. */
export interface Run {
  readonly job: TrainingJob;
  readonly signal: AbortSignal;
  readonly report: Reporter;
}

/** Does the work of a job, leaves the PEFT folder `adapter/` in its output folder, and says what was measured. */
export type Work = (run: Run) => Promise<TrainedLayer['metrics']>;

/** What all trainers share: a job is parsed, its folder held, a finished one answered, and the end always reported. */
export function createTrainer(id: string, work: Work): Trainer {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  return {
    id,
    async train(given, { onProgress, signal } = {}) {
      const job = parseJob(given);
      const report = createReporter(job.id, onProgress);
      const stop = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
      const training = perform(id, work, { job, signal: stop, report });
      running.add(training);
      try {
        return await training;
      } catch (error) {
        throw told(error, report, stop);
      } finally {
        running.delete(training);
      }
    },
    async close() {
      closing.abort();
      await Promise.allSettled(running);
    },
  };
}

/** The job as the contract has it. Throws INVALID_INPUT. */
function parseJob(given: TrainingJob): TrainingJob {
  const parsed = TrainingJob.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ContinuumError('INVALID_INPUT', `This is no training job: ${z.prettifyError(parsed.error)}`, {
    next: 'Make the job by the schema TrainingJob.',
  });
}

async function perform(id: string, work: Work, run: Run): Promise<TrainedLayer> {
  const { job, report, signal } = run;
  throwIfAborted(signal);
  await claimFolder(job);
  const release = await lockFolder(job.outputFolder, 'training');
  try {
    const layer = (await readDone(job)) ?? (await train(id, work, run));
    const { steps = report.last.steps, tokens = report.last.tokens } = layer.metrics;
    report.tell({ state: 'done', step: steps, steps, tokens });
    return layer;
  } finally {
    await release();
  }
}

async function train(id: string, work: Work, run: Run): Promise<TrainedLayer> {
  run.report.tell({ state: 'queued' });
  const metrics = await work(run);
  const layer = { jobId: run.job.id, folder: adapterFolder(run.job), trainer: id, metrics };
  await writeDone(run.job, layer);
  return layer;
}

/** Throws ABORTED when the signal has fired. */
export function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new ContinuumError('ABORTED', 'The training was cancelled.', {
    next: 'Give the same job again: it goes on from its last checkpoint.',
    retryable: true,
  });
}

/** The error as the caller gets it, after the listener heard of it. */
function told(thrown: unknown, report: Reporter, signal: AbortSignal): ContinuumError {
  const error = asFailure(thrown, signal);
  const text = error.next === undefined ? error.message : `${error.message} ${error.next}`;
  if (error.code === 'ABORTED') report.tell({ state: 'cancelled' });
  else report.tell({ state: 'failed', error: text });
  return error;
}

function asFailure(thrown: unknown, signal: AbortSignal): ContinuumError {
  const error = toContinuumError(thrown);
  if (error.code !== 'INTERNAL') return error;
  try {
    throwIfAborted(signal);
  } catch (aborted) {
    return toContinuumError(aborted);
  }
  return new ContinuumError('TRAINING_FAILED', error.message, {
    next: 'See the log, and give the same job again.',
    cause: thrown,
  });
}
