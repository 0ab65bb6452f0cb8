import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import type { TrainingJob } from '@continuum/contract/training-job';
import { hashFile } from './files.ts';

/** Checks that the base folder holds the model the job names, by its SHA-256. Throws INVALID_INPUT. */
export async function assertBase(job: Pick<TrainingJob, 'baseFolder' | 'baseModel'>): Promise<void> {
  const file = join(job.baseFolder, 'model.safetensors');
  const found = await hashFile(file).catch((cause: unknown) => {
    throw new ContinuumError('INVALID_INPUT', `The base model ${file} cannot be read.`, {
      next: 'Give the folder of the base model.',
      cause,
    });
  });
  if (found === job.baseModel) return;
  throw new ContinuumError('INVALID_INPUT', `${file} is not the base model that the job names (${job.baseModel}).`, {
    next: 'Give the folder of that base model, or make a new job for this one.',
  });
}
