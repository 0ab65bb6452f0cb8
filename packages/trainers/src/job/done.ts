import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { Sha256 } from '@continuum/contract/layer';
import { TrainedLayer, type TrainingJob } from '@continuum/contract/training-job';
import { z } from 'zod';
import { hashFile, sha256, writeAtomic } from './files.ts';

const ADAPTER_FILES = ['adapter_config.json', 'adapter_model.safetensors'] as const;

/** What lies in `done.json` beside the adapter: how the job ended, and the SHA-256 of each file. */
const Done = z.object({
  format: z.literal(1),
  fingerprint: Sha256,
  layer: TrainedLayer.omit({ folder: true }),
  files: z.record(z.enum(ADAPTER_FILES), Sha256),
});

/** What settles the result of a job: all of it but where files lie and how fast it may go. */
export function fingerprintOf(job: TrainingJob): string {
  const { baseFolder, dataFile, outputFolder, options, ...what } = job;
  const { cpuShare, checkpointEvery, ...how } = options;
  return sha256(JSON.stringify([what, how]));
}

/** The folder of a finished job's adapter. */
export const adapterFolder = (job: Pick<TrainingJob, 'outputFolder'>): string => join(job.outputFolder, 'adapter');

/**
 * Makes the output folder and says whose it is. Throws INVALID_INPUT when it belongs to another job: its checkpoints
 * would teach this one what it was not given.
 */
export async function claimFolder(job: TrainingJob): Promise<void> {
  await mkdir(job.outputFolder, { recursive: true });
  const file = join(job.outputFolder, 'fingerprint');
  const owner = await readFile(file, 'utf8').catch(() => undefined);
  const fingerprint = fingerprintOf(job);
  if (owner === undefined) await writeAtomic(file, `${fingerprint}\n`);
  else if (owner.trim() !== fingerprint) {
    throw new ContinuumError('INVALID_INPUT', `${job.outputFolder} belongs to another training job.`, {
      next: 'Give each job an output folder of its own, or remove this one.',
    });
  }
}

/** The layer of a job that ended well, if its files are still what they were; undefined asks to train. */
export async function readDone(job: TrainingJob): Promise<TrainedLayer | undefined> {
  const text = await readFile(join(job.outputFolder, 'done.json'), 'utf8').catch(() => undefined);
  const done = Done.safeParse(text === undefined ? undefined : parseJson(text));
  if (!done.success || done.data.fingerprint !== fingerprintOf(job)) return undefined;
  const folder = adapterFolder(job);
  const found = await hashAdapter(folder).catch(() => undefined);
  const isWhole = ADAPTER_FILES.every((name) => found?.[name] === done.data.files[name]);
  return isWhole ? { ...done.data.layer, folder } : undefined;
}

/** Writes down that a job ended well, with the hashes of the adapter that lies there. */
export async function writeDone(job: TrainingJob, layer: TrainedLayer): Promise<void> {
  const { folder, ...about } = layer;
  const done: z.infer<typeof Done> = {
    format: 1,
    fingerprint: fingerprintOf(job),
    layer: about,
    files: await hashAdapter(folder),
  };
  await writeAtomic(join(job.outputFolder, 'done.json'), `${JSON.stringify(done, null, 2)}\n`);
}

/** Writes the two files of an adapter, each whole or not at all, and nothing else beside them. */
export async function writeAdapter(
  folder: string,
  files: { readonly config: string; readonly weights: Uint8Array },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  await writeAtomic(join(folder, 'adapter_model.safetensors'), files.weights);
  await writeAtomic(join(folder, 'adapter_config.json'), files.config);
}

async function hashAdapter(folder: string): Promise<Record<(typeof ADAPTER_FILES)[number], string>> {
  return {
    'adapter_config.json': await hashFile(join(folder, 'adapter_config.json')),
    'adapter_model.safetensors': await hashFile(join(folder, 'adapter_model.safetensors')),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
