import { ScopeId } from '@continuum/contract/ids';
import { LayerId } from '@continuum/contract/layer';
import type { KeyValueStore } from '@continuum/contract/ports/store';
import { TrainingOptions, TrainingProgress } from '@continuum/contract/training-job';
import { z } from 'zod';

/** A training job as it outlasts the process. */
export const JobRecord = z.object({
  id: z.string(),
  scope: ScopeId,
  options: TrainingOptions,
  /** Asked for by a person; else by the cadence. */
  byHand: z.boolean(),
  because: z.string(),
  progress: TrainingProgress,
  /** What its scope had counted when it was put in line: taken off the counter when it is done. */
  counted: z.object({ examples: z.number().int(), pairs: z.number().int() }),
  layerId: LayerId.optional(),
  at: z.string(),
});
export type JobRecord = z.infer<typeof JobRecord>;

const Queue = z.array(z.string());
const QUEUE = 'training:queue';

/** Jobs in line, the running one first. */
export async function readQueue(values: KeyValueStore): Promise<string[]> {
  return Queue.safeParse(await values.get(QUEUE)).data ?? [];
}

/** Inside a transaction: whoever else changes the line or its jobs waits until it is over. */
export function lockQueue(values: KeyValueStore): Promise<void> {
  return values.lock(QUEUE);
}

/** Puts the ids in line as they are, in a transaction that locked the queue. */
export async function writeQueue(values: KeyValueStore, ids: readonly string[]): Promise<void> {
  await values.set(QUEUE, ids);
}

export async function readJob(values: KeyValueStore, id: string): Promise<JobRecord | undefined> {
  return JobRecord.safeParse(await values.get(jobKey(id))).data;
}

/** Also makes it the latest job of its scope. */
export async function writeJob(values: KeyValueStore, job: JobRecord): Promise<void> {
  await values.set(jobKey(job.id), job);
  await values.set(latestKey(job.scope), job.id);
}

/** The latest job of a scope, whatever became of it. */
export async function latestJob(values: KeyValueStore, scope: ScopeId): Promise<JobRecord | undefined> {
  const id = z.string().safeParse(await values.get(latestKey(scope))).data;
  return id === undefined ? undefined : readJob(values, id);
}

/** Windows of the cadence that a scope was trained in, newest last. */
export async function readWindows(values: KeyValueStore, scope: ScopeId): Promise<string[]> {
  return Queue.safeParse(await values.get(windowsKey(scope))).data ?? [];
}

const KEPT_WINDOWS = 20;

export async function useWindow(values: KeyValueStore, scope: ScopeId, window: string): Promise<void> {
  await values.set(windowsKey(scope), [...(await readWindows(values, scope)), window].slice(-KEPT_WINDOWS));
}

/** Has the job come to an end, good or bad? */
export function isOver({ progress }: JobRecord): boolean {
  return progress.state === 'done' || progress.state === 'failed' || progress.state === 'cancelled';
}

/** Whoever works on the job is to end it. */
export async function askToCancel(values: KeyValueStore, id: string): Promise<void> {
  await values.set(cancelKey(id), true);
}

export async function isCancelAsked(values: KeyValueStore, id: string): Promise<boolean> {
  return (await values.get(cancelKey(id))) === true;
}

/** The job has ended, or begins anew. */
export async function forgetCancel(values: KeyValueStore, id: string): Promise<void> {
  await values.delete(cancelKey(id));
}

function cancelKey(id: string): string {
  return `training:cancel:${id}`;
}

function jobKey(id: string): string {
  return `training:job:${id}`;
}

function latestKey(scope: ScopeId): string {
  return `training:latest:${scope}`;
}

function windowsKey(scope: ScopeId): string {
  return `training:windows:${scope}`;
}
