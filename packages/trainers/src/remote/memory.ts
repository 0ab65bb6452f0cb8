import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingJob } from '@continuum/contract/training-job';
import { z } from 'zod';
import { writeAtomic } from '../job/files.ts';

const Remote = z.object({ id: z.string().min(1) });

const fileOf = (job: TrainingJob): string => join(job.outputFolder, 'remote.json');

/** The server's id of a job that was begun, if there is one. */
export async function recallRemote(job: TrainingJob): Promise<string | undefined> {
  try {
    return Remote.parse(JSON.parse(await readFile(fileOf(job), 'utf8'))).id;
  } catch {
    return undefined;
  }
}

export async function rememberRemote(job: TrainingJob, id: string): Promise<void> {
  await writeAtomic(fileOf(job), `${JSON.stringify({ id } satisfies z.infer<typeof Remote>)}\n`);
}

/** The next attempt starts a new job at the server. */
export async function forgetRemote(job: TrainingJob): Promise<void> {
  await rm(fileOf(job), { force: true });
}
