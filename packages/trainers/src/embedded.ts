import { Worker } from 'node:worker_threads';
import { ContinuumError } from '@continuum/contract/errors';
import type { Trainer } from '@continuum/contract/ports/trainer';
import type { WorkerMessage, WorkerStart } from './embedded/messages.ts';
import { fingerprintOf } from './job/done.ts';
import { type LayerFolder, parentFolders } from './job/parents.ts';
import { createEta } from './job/progress.ts';
import { createTrainer, type Run, throwIfAborted } from './job/trainer.ts';

export interface EmbeddedTrainerOptions {
  /** Largest heap of the worker thread, MB. The engine's own memory is outside of it. Default 1024. */
  readonly heapMb?: number;
  /** Needed for jobs with parents. */
  readonly layerFolder?: LayerFolder;
}

/**
 * Trains in a worker thread with our own engine: no Python, no GPU. It rests between steps so that its thread takes no
 * more than the job's share of one CPU, and goes on from checkpoints bit for bit.
 */
export function createEmbeddedTrainer(options: EmbeddedTrainerOptions = {}): Trainer {
  return createTrainer('embedded', (run) => train(run, options));
}

async function train({ job, signal, report }: Run, options: EmbeddedTrainerOptions): Promise<Record<string, number>> {
  const began = performance.now();
  const folders = await parentFolders(job.parents, options.layerFolder);
  const worker = new Worker(new URL('./embedded/worker.ts', import.meta.url), {
    workerData: { job, fingerprint: fingerprintOf(job), parentFolders: folders } satisfies WorkerStart,
    env: {},
    argv: [],
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: options.heapMb ?? 1024 },
  });
  const stop = (): void => worker.postMessage('stop');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const eta = createEta(() => performance.now() / 1000);
  try {
    const metrics = await outcome(worker, ({ kind, ...step }) => {
      const etaSeconds = eta(step.step, step.steps);
      report.tell({ state: 'running', ...step, ...(etaSeconds === undefined ? {} : { etaSeconds }) });
    });
    if (metrics === undefined) throwIfAborted(signal);
    return { ...metrics, seconds: (performance.now() - began) / 1000 };
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}

type Step = Extract<WorkerMessage, { kind: 'step' }>;

/** What the worker measured, undefined when it stopped because it was told to. Throws what it failed with. */
async function outcome(
  worker: Worker,
  onStep: (step: Step) => void,
): Promise<Readonly<Record<string, number>> | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, number>> | undefined>();
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'step') onStep(message);
    else if (message.kind === 'done') resolve(message.metrics);
    else if (message.kind === 'stopped') resolve(undefined);
    else reject(failure(message));
  });
  worker.on('error', (cause) => reject(broken(cause.message, cause)));
  worker.on('exit', (code) => reject(broken(`it ended with ${code}`)));
  return promise;
}

function failure({ code, message, next }: Extract<WorkerMessage, { kind: 'failed' }>): ContinuumError {
  return new ContinuumError(code, message, next === undefined ? {} : { next });
}

function broken(why: string, cause?: unknown): ContinuumError {
  return new ContinuumError('TRAINING_FAILED', `The training thread broke: ${why}.`, {
    next: 'Give the same job again: it goes on from its last checkpoint.',
    retryable: true,
    cause,
  });
}
