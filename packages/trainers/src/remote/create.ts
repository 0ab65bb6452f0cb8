import type { TrainingJob } from '@continuum/contract/training-job';
import { NotFoundError, type OpenAI, toFile } from 'openai';
import type { JobCreateParams } from 'openai/resources/fine-tuning/jobs/jobs';
import type { RemoteData } from './items.ts';
import { recallRemote } from './memory.ts';

/** What a job carries at the server, so that it is found again: metadata of 16 pairs at most. */
const MARK = 'continuum_job';

/**
 * The server's id of this job when it was begun before: as remembered in the output folder, or, when this process died
 * before it could write it down, by the mark the job carries. Cancelled and failed ones do not count.
 */
export async function findRemoteJob(
  client: OpenAI,
  job: TrainingJob,
  fingerprint: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const known = await recallRemote(job);
  if (known !== undefined) {
    const found = await client.fineTuning.jobs.retrieve(known, { signal }).catch((error: unknown) => {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
    return found === undefined || isOver(found.status) ? undefined : found.id;
  }
  const listed = await client.fineTuning.jobs.list({ limit: 100, metadata: { [MARK]: fingerprint } }, { signal });
  return listed.data.find(({ metadata, status }) => metadata?.[MARK] === fingerprint && !isOver(status))?.id;
}

const isOver = (status: string): boolean => status === 'cancelled' || status === 'failed';

export interface NewRemoteJob {
  readonly job: TrainingJob;
  readonly fingerprint: string;
  readonly data: RemoteData;
  readonly model: string;
  readonly signal: AbortSignal;
}

/** Uploads the data and begins a job at the server; its id. */
export async function createRemoteJob(
  client: OpenAI,
  { job, fingerprint, data, model, signal }: NewRemoteJob,
): Promise<string> {
  const file = await toFile(Buffer.from(data.jsonl), `${job.id}.jsonl`, { type: 'application/jsonl' });
  const { id: training_file } = await client.files.create({ file, purpose: 'fine-tune' }, { signal });
  const { rank, alpha, targets, seed } = job.options;
  const created = await client.fineTuning.jobs.create(
    {
      model,
      training_file,
      seed,
      method: methodOf(job, data.method),
      // The API has no fields for LoRA; servers that make adapters may read them here.
      metadata: { [MARK]: fingerprint, rank: `${rank}`, alpha: `${alpha}`, targets: targets.join(',') },
    },
    // Once more could be twice: a job whose answer was lost is found by its mark.
    { signal, maxRetries: 0 },
  );
  return created.id;
}

function methodOf({ options }: TrainingJob, type: RemoteData['method']): JobCreateParams.Method {
  const hyperparameters = { n_epochs: options.epochs, batch_size: options.batch };
  if (type === 'supervised') return { type, supervised: { hyperparameters } };
  return { type, dpo: { hyperparameters: { ...hyperparameters, beta: options.beta } } };
}
