import { basename } from 'node:path';
import type { ModelConfig } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import type { TrainingJob } from '@continuum/contract/training-job';
import { fromPeft, type PeftFiles, toPeft } from '@continuum/transformer/format/peft';
import type { OpenAI } from 'openai';
import type { FineTuningJob } from 'openai/resources/fine-tuning/jobs/jobs';

const LIMIT_BYTES = 2 ** 30;

export interface Fetching {
  readonly job: TrainingJob;
  readonly config: ModelConfig;
  readonly signal: AbortSignal;
}

/**
 * The adapter among a job's result files, checked against the base model and written anew as we write it. Throws
 * TRAINING_FAILED when the server gives none, or one that does not fit.
 */
export async function fetchAdapter(client: OpenAI, remote: FineTuningJob, fetching: Fetching): Promise<PeftFiles> {
  const { job, config, signal } = fetching;
  const found = await Promise.all(remote.result_files.map((id) => client.files.retrieve(id, { signal })));
  const file = (name: string) => found.find(({ filename }) => basename(filename) === name);
  const [about, weights] = [file('adapter_config.json'), file('adapter_model.safetensors')];
  if (about === undefined || weights === undefined) throw keptThere(remote);
  if (about.bytes + weights.bytes > LIMIT_BYTES) throw unfit(`it has ${about.bytes + weights.bytes} bytes`);
  const bytesOf = async (id: string): Promise<Uint8Array> =>
    new Uint8Array(await (await client.files.content(id, { signal })).arrayBuffer());
  const files = { config: Buffer.from(await bytesOf(about.id)).toString('utf8'), weights: await bytesOf(weights.id) };
  try {
    return toPeft(fromPeft(files, config), { base: job.baseModel });
  } catch (error) {
    throw unfit(error instanceof Error ? error.message : String(error));
  }
}

/** OpenAI itself keeps what it trains: there is a model to ask, and no layer to page in. */
function keptThere({ fine_tuned_model: model }: FineTuningJob): ContinuumError {
  return new ContinuumError(
    'TRAINING_FAILED',
    `The server trained "${model ?? 'a model'}" and keeps it: it gives no adapter that could become a layer.`,
    {
      next: `Ask that model by its name (OPENAI_MODEL=${model ?? '...'}), or train with the embedded or Python trainer.`,
    },
  );
}

function unfit(why: string): ContinuumError {
  return new ContinuumError('TRAINING_FAILED', `The adapter that the server gave cannot be used: ${why}`, {
    next: 'Check that the server fine-tunes this very base model with plain LoRA.',
  });
}
