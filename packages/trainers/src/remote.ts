import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import type { Trainer } from '@continuum/contract/ports/trainer';
import type { TrainingJob } from '@continuum/contract/training-job';
import { readModelConfig } from '@continuum/transformer/format/weights';
import { OpenAI } from 'openai';
import { assertBase } from './job/base.ts';
import { readItems } from './job/data.ts';
import { adapterFolder, fingerprintOf, writeAdapter } from './job/done.ts';
import { parentFolders } from './job/parents.ts';
import { createTrainer, type Run } from './job/trainer.ts';
import { createRemoteJob, findRemoteJob } from './remote/create.ts';
import { told } from './remote/failure.ts';
import { fetchAdapter } from './remote/fetch.ts';
import { follow } from './remote/follow.ts';
import { toRemoteData } from './remote/items.ts';
import { forgetRemote, rememberRemote } from './remote/memory.ts';

export interface RemoteTrainerOptions {
  /** Default OpenAI. */
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** Name under which the server fine-tunes the base model. */
  readonly model: string;
  /** SHA-256 of that model's weights file: a job for another one is turned away. */
  readonly baseModel: string;
  /** Time between two looks at the job while something happens, ms; up to twelve times that when nothing does. Default 5,000. */
  readonly pollMs?: number;
  /** Attempts of one request, without the first. Default 4. */
  readonly retries?: number;
}

const OPENAI_URL = 'https://api.openai.com/v1';
const POLL_MS = 5_000;

/**
 * Trains at a server that speaks OpenAI's fine-tuning API (https://platform.openai.com/docs/api-reference/fine-tuning):
 * `dpo` when there are pairs, `supervised` when not. The server must give the adapter back as result files; where it
 * keeps the model, as OpenAI does, the job fails with the model's name, and asking again starts nothing new.
 */
export function createRemoteTrainer(options: RemoteTrainerOptions): Trainer {
  const own = { organization: null, project: null, webhookSecret: null, logLevel: 'off' } as const;
  const client = new OpenAI({
    ...own,
    apiKey: options.apiKey || 'none',
    baseURL: options.baseUrl ?? OPENAI_URL,
    maxRetries: options.retries ?? 4,
  });
  return createTrainer('remote', async (run) => {
    try {
      return await train(client, options, run);
    } catch (error) {
      throw told(error, options.apiKey ?? '');
    }
  });
}

async function train(client: OpenAI, options: RemoteTrainerOptions, run: Run): Promise<Record<string, number>> {
  const { job, signal } = run;
  assertModel(job, options);
  // The server has the base model only, and what is trained without its parents does not fit on top of them.
  await parentFolders(job.parents);
  const items = await readItems(job);
  await assertBase(job);
  const data = toRemoteData(items, job.options.safetyGate);
  const fingerprint = fingerprintOf(job);
  const known = await findRemoteJob(client, job, fingerprint, signal);
  const remoteId = known ?? (await createRemoteJob(client, { job, fingerprint, data, model: options.model, signal }));
  await rememberRemote(job, remoteId);
  const ended = await follow(client, remoteId, { run, items: data.count, pollMs: options.pollMs ?? POLL_MS });
  if (ended.status !== 'succeeded') {
    await forgetRemote(job);
    throw failed(ended.error?.message ?? `it is ${ended.status}`);
  }
  const config = readModelConfig(await readFile(join(job.baseFolder, 'config.json'), 'utf8'));
  await writeAdapter(adapterFolder(job), await fetchAdapter(client, ended, { job, config, signal }));
  const { steps, loss } = run.report.last;
  return {
    steps,
    tokens: ended.trained_tokens ?? 0,
    items: data.count,
    leftOut: items.length - data.count,
    ...(loss === undefined ? {} : { loss }),
  };
}

function assertModel(job: TrainingJob, options: RemoteTrainerOptions): void {
  if (job.baseModel === options.baseModel) return;
  throw new ContinuumError('INVALID_INPUT', `The server's "${options.model}" is not the base model of this job.`, {
    next: 'Name the model that has these weights, or make the job for that base model.',
  });
}

function failed(why: string): ContinuumError {
  return new ContinuumError('TRAINING_FAILED', `The fine-tuning at the server failed: ${why}`, {
    next: 'Mend what the server names; the same job then starts anew there.',
  });
}
