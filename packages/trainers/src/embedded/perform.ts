import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter, ModelConfig } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import { fromPeft, toPeft } from '@continuum/transformer/format/peft';
import { readBaseModel } from '@continuum/transformer/format/weights';
import { createTokenizer } from '@continuum/transformer/tokenizer';
import { createTraining, type Training } from '@continuum/transformer/training';
import { tokenizeItem } from '@continuum/transformer/training/items';
import { assertBase } from '../job/base.ts';
import { readItems } from '../job/data.ts';
import { adapterFolder, writeAdapter } from '../job/done.ts';
import { type Checkpoints, openCheckpoints } from './checkpoints.ts';
import type { WorkerMessage, WorkerStart } from './messages.ts';
import { type Clocks, createShare, threadClocks } from './share.ts';

/** What the thread around a job offers it. */
export interface Surroundings {
  /** Waits, but not when it is to stop. */
  readonly rest: (ms: number) => Promise<void>;
  readonly onStep: (step: Extract<WorkerMessage, { kind: 'step' }>) => void;
  readonly isStopping: () => boolean;
}

/**
 * Trains one job from its files to its adapter, from its last checkpoint on; what was measured, or undefined when it was
 * stopped. Throws INVALID_INPUT, TRAINING_FAILED.
 */
export async function perform(
  start: WorkerStart,
  surroundings: Surroundings,
  clocks: Clocks = threadClocks,
): Promise<Readonly<Record<string, number>> | undefined> {
  const { job, fingerprint } = start;
  const restMs = createShare(job.options.cpuShare, clocks);
  const training = await open(start);
  const checkpoints = openCheckpoints(join(job.outputFolder, 'checkpoints'), fingerprint);
  const saved = await checkpoints.newest();
  if (saved !== undefined) training.restore(saved);
  tell(training, surroundings);
  const isWhole = await run(training, { checkpoints, restMs, every: job.options.checkpointEvery }, surroundings);
  if (!isWhole) return undefined;
  await writeAdapter(adapterFolder(job), toPeft(training.adapter(), { base: job.baseModel }));
  return { ...training.metrics(), items: training.examples };
}

async function open({ job, parentFolders }: WorkerStart): Promise<Training> {
  const items = await readItems(job);
  await assertBase(job);
  const file = (name: string) => readFile(join(job.baseFolder, name)).catch(unreadable(job.baseFolder));
  const configJson = (await file('config.json')).toString('utf8');
  const weights = readBaseModel({ configJson, safetensors: await file('model.safetensors') });
  const tokenizer = createTokenizer(JSON.parse((await file('tokenizer.json')).toString('utf8')));
  const parents = await Promise.all(parentFolders.map((folder) => readParent(folder, weights.config)));
  const tokenized = items.map((item) => tokenizeItem(item, tokenizer));
  return createTraining(weights, tokenized, { ...job.options, parents });
}

function unreadable(folder: string): (cause: unknown) => never {
  return (cause) => {
    throw new ContinuumError('INVALID_INPUT', `The base model in ${folder} cannot be read.`, {
      next: 'Give a folder with config.json, model.safetensors and tokenizer.json.',
      cause,
    });
  };
}

async function readParent(folder: string, model: ModelConfig): Promise<Adapter> {
  const config = await readFile(join(folder, 'adapter_config.json'), 'utf8');
  return fromPeft({ config, weights: await readFile(join(folder, 'adapter_model.safetensors')) }, model);
}

interface Pace {
  readonly checkpoints: Checkpoints;
  readonly restMs: () => number;
  /** Steps between two checkpoints. */
  readonly every: number;
}

/** Makes the steps that are left; false when it was stopped, with a checkpoint of where it stands. */
async function run(training: Training, pace: Pace, surroundings: Surroundings): Promise<boolean> {
  while (training.stepNumber < training.steps) {
    if (surroundings.isStopping()) {
      await pace.checkpoints.save(training.stepNumber, training.checkpoint());
      return false;
    }
    const { loss } = training.step();
    const isDue = training.stepNumber % pace.every === 0 && training.stepNumber < training.steps;
    if (isDue) await pace.checkpoints.save(training.stepNumber, training.checkpoint());
    tell(training, surroundings, loss);
    // Also at full speed: a message to stop is heard in between.
    await surroundings.rest(pace.restMs());
  }
  return true;
}

function tell(training: Training, { onStep }: Surroundings, loss?: number): void {
  const { tokens = 0 } = training.metrics();
  const step = { step: training.stepNumber, steps: training.steps, tokens };
  onStep({ kind: 'step', ...step, ...(loss === undefined ? {} : { loss }) });
}
