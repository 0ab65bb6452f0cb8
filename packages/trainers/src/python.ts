import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import type { Trainer } from '@continuum/contract/ports/trainer';
import type { TrainingProgress } from '@continuum/contract/training-job';
import { assertBase } from './job/base.ts';
import { readItems } from './job/data.ts';
import { writeAtomic } from './job/files.ts';
import { type LayerFolder, parentFolders } from './job/parents.ts';
import { createTrainer, type Run, throwIfAborted } from './job/trainer.ts';
import { type Ended, runProgram } from './python/program.ts';

export interface PythonTrainerOptions {
  /** Program that takes a job file as its last argument, for example `.venv/bin/python`. No shell reads it. */
  readonly command: string;
  /** Arguments before the job file. Default `-m continuum_trainer`. */
  readonly args?: readonly string[];
  /** Folder it runs in. Default: the uv project of this package. */
  readonly folder?: string;
  /** Time between SIGTERM and SIGKILL, ms. Default 10,000: long enough to end a step and write a checkpoint. */
  readonly graceMs?: number;
  /** Needed for jobs with parents; their folders go into the job file as `parentFolders`. */
  readonly layerFolder?: LayerFolder;
}

const PROJECT = join(import.meta.dirname, '../python');
const INVALID = 2;

/**
 * Trains in a subprocess with TRL and PEFT, with Unsloth where CUDA is there. The program gets a job file, says
 * `TrainingProgress` as JSON Lines on standard output, and goes on from its own checkpoints.
 */
export function createPythonTrainer(options: PythonTrainerOptions): Trainer {
  return createTrainer('python', (run) => train(options, run));
}

async function train(options: PythonTrainerOptions, { job, signal, report }: Run): Promise<Record<string, number>> {
  const items = await readItems(job);
  await assertBase(job);
  const folders = await parentFolders(job.parents, options.layerFolder);
  throwIfAborted(signal);
  const file = join(job.outputFolder, 'job.json');
  await writeAtomic(file, `${JSON.stringify({ ...job, parentFolders: folders }, null, 2)}\n`);
  const began = performance.now();
  const ended = await runProgram({
    command: options.command,
    args: [...(options.args ?? ['-m', 'continuum_trainer']), file],
    folder: options.folder ?? PROJECT,
    graceMs: options.graceMs ?? 10_000,
    signal,
    // How it ended is told once, when the adapter has been looked at.
    onProgress: (progress) => {
      if (progress.state === 'running') report.tell(withoutJob(progress));
    },
  });
  throwIfAborted(signal);
  if (ended.code !== 0) throw failure(options.command, ended);
  const { steps, tokens } = ended.last ?? { steps: 0, tokens: 0 };
  const seconds = (performance.now() - began) / 1000;
  return { steps, tokens, seconds, items: items.length, ...(ended.loss === undefined ? {} : { loss: ended.loss }) };
}

function withoutJob({ jobId, ...progress }: TrainingProgress): Omit<TrainingProgress, 'jobId'> {
  return progress;
}

function failure(command: string, { code, signal, last, stderr }: Ended): ContinuumError {
  if (code === INVALID && last?.error !== undefined) {
    return new ContinuumError('INVALID_INPUT', last.error, { next: 'Make the job again.' });
  }
  const how = code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with ${code}`;
  const why = [last?.error, stderr].filter((text) => text !== undefined && text !== '').join('\n');
  return new ContinuumError('TRAINING_FAILED', `${command} ${how}${why === '' ? '.' : `: ${why}`}`, {
    next: 'Check the Python environment (packages/trainers/python/README.md), then give the same job again.',
    retryable: code === null,
  });
}
