import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { type LayerId, Sha256 } from '@continuum/contract/layer';
import { TrainingJob } from '@continuum/contract/training-job';
import { z } from 'zod';
import type { TrainingRuntime } from '../runtime.ts';
import type { Material } from './material.ts';
import type { JobRecord } from './records.ts';

/** What a judge is asked, and what memory and rules alone answer, on how many corrections. */
const Question = z.object({
  prompt: z.string(),
  memoryProbability: z.number(),
  corrections: z.number(),
  /** Whether a review asks the layer at all; of secrets and licences memory and rules decide alone. */
  isAsked: z.boolean().default(true),
});

/** What the gate needs besides the job: it is written with the job, so that a restart judges by the same cases. */
const Exam = z.object({
  heldOut: z.array(Question.extend({ wanted: z.boolean() })),
  golden: z.array(Question.extend({ name: z.string() })),
  examples: z.number().int(),
  editedPairs: z.number().int(),
  /** Of the corrections, for the manifest; the job's own hash is the data file's. */
  dataHash: Sha256,
});
export type Exam = z.infer<typeof Exam>;

export interface Prepared {
  readonly job: TrainingJob;
  readonly exam: Exam;
}

/** The folder of a job, absolute. */
function folderOf({ settings }: TrainingRuntime, id: string): string {
  return join(settings.genome.jobs, id);
}

/** What was prepared for a job before; undefined when nothing complete lies there. */
export async function readPrepared(runtime: TrainingRuntime, id: string): Promise<Prepared | undefined> {
  const folder = folderOf(runtime, id);
  const text = await readFile(join(folder, 'job.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const exam = Exam.parse(JSON.parse(await readFile(join(folder, 'exam.json'), 'utf8')));
  return { job: TrainingJob.parse(JSON.parse(text)), exam };
}

/** Writes the data, the exam and, last of all, the job file: where there is one, everything before it is complete. */
export async function writePrepared(
  runtime: TrainingRuntime,
  record: JobRecord,
  material: Material,
  parents: readonly LayerId[],
): Promise<Prepared> {
  const folder = folderOf(runtime, record.id);
  await mkdir(join(folder, 'output'), { recursive: true });
  const data = material.items.map((item) => `${JSON.stringify(item)}\n`).join('');
  const job: TrainingJob = {
    ...{ format: 1, id: record.id, scope: record.scope, parents: [...parents], options: record.options },
    ...{ baseFolder: runtime.baseFolder, baseModel: baseHash(runtime) },
    dataFile: join(folder, 'data.jsonl'),
    dataHash: createHash('sha256').update(data).digest('hex'),
    outputFolder: join(folder, 'output'),
  };
  const exam: Exam = {
    heldOut: Exam.shape.heldOut.parse(material.heldOut),
    golden: [...material.golden],
    examples: material.examples,
    editedPairs: material.editedPairs,
    dataHash: material.dataHash,
  };
  await writeWhole(job.dataFile, data);
  await writeWhole(join(folder, 'exam.json'), JSON.stringify(exam));
  await writeWhole(join(folder, 'job.json'), JSON.stringify(job, undefined, 2));
  return { job, exam };
}

/** People's corrections do not lie about once the layer is made. */
export async function removePrepared(runtime: TrainingRuntime, id: string): Promise<void> {
  await rm(folderOf(runtime, id), { recursive: true, force: true });
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

function baseHash({ policy }: TrainingRuntime): string {
  const hash = Sha256.safeParse(policy.baseModel);
  if (hash.success) return hash.data;
  throw new ContinuumError(
    'CONFLICT',
    `the base model is known by its name ${policy.baseModel} only, not by its hash`,
    {
      next: 'Train where the base model lies, with the embedded host or one that is given its folder.',
    },
  );
}
