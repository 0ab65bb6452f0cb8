import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import type { FineTuningJob } from 'openai/resources/fine-tuning/jobs/jobs';
import { z } from 'zod';
import { createEta } from '../job/progress.ts';
import { type Run, throwIfAborted } from '../job/trainer.ts';
import { isTransient } from './failure.ts';

/** What events of type `metrics` carry. */
const Metrics = z.looseObject({
  step: z.number().int().nonnegative(),
  total_steps: z.number().int().positive().optional(),
  train_loss: z.number().optional(),
});
type Metrics = z.infer<typeof Metrics>;

export interface Following {
  readonly run: Run;
  readonly items: number;
  readonly pollMs: number;
}

const SLOWEST = 12;
const SLOWER = 1.5;
/** Looks in a row that may fail before it is given up; with growing waits that is minutes. */
const FAILURES = 20;

/**
 * Looks at a job until it has ended. A paused one goes on. When the signal fires the job is paused at the server, or
 * cancelled where it cannot be paused. Throws ABORTED, or the last error when the server stays away.
 */
export async function follow(client: OpenAI, id: string, following: Following): Promise<FineTuningJob> {
  const { signal } = following.run;
  const tell = teller(following);
  let wait = following.pollMs;
  let failures = 0;
  for (;;) {
    await throwIfStopped(client, id, signal);
    const seen = await look(client, id).catch((error: unknown) => {
      failures += 1;
      if (failures > FAILURES || !isTransient(error)) throw error;
      return undefined;
    });
    if (seen !== undefined) failures = 0;
    const isNews = seen !== undefined && tell(seen);
    if (seen !== undefined && hasEnded(seen.job)) return seen.job;
    wait = isNews ? following.pollMs : Math.min(wait * SLOWER, following.pollMs * SLOWEST);
    await sleep(wait, undefined, { signal }).catch(() => undefined);
  }
}

interface Seen {
  readonly job: FineTuningJob;
  readonly metrics: Metrics | undefined;
}

/** The job, and the newest measurement among its events. */
async function look(client: OpenAI, id: string): Promise<Seen> {
  const job = await client.fineTuning.jobs.retrieve(id);
  // The SDK's type does not name this status, the API does.
  if (String(job.status) === 'paused') await client.fineTuning.jobs.resume(id);
  const { data } = await client.fineTuning.jobs.listEvents(id, { limit: 20 });
  const measured = data.flatMap(({ data: about }) => Metrics.safeParse(about).data ?? []);
  return { job, metrics: measured.toSorted((a, b) => b.step - a.step)[0] };
}

const isWaiting = ({ status }: FineTuningJob): boolean => status === 'queued' || status === 'validating_files';
const hasEnded = ({ status }: FineTuningJob): boolean => ['succeeded', 'failed', 'cancelled'].includes(status);

/** Tells what is new, and whether anything was. */
function teller({ run, items }: Following): (seen: Seen) => boolean {
  const { epochs, batch } = run.job.options;
  const expected = Math.ceil(items / batch) * epochs;
  const eta = createEta(() => performance.now() / 1000);
  let last = '';
  return ({ job, metrics }) => {
    const steps = metrics?.total_steps ?? expected;
    const step = Math.min(metrics?.step ?? 0, steps);
    const news = `${job.status} ${step}`;
    if (news === last) return false;
    last = news;
    const etaSeconds = secondsLeft(job) ?? eta(step, steps);
    run.report.tell({
      state: isWaiting(job) ? 'queued' : 'running',
      step,
      steps,
      tokens: job.trained_tokens ?? 0,
      ...(metrics?.train_loss === undefined ? {} : { loss: metrics.train_loss }),
      ...(etaSeconds === undefined ? {} : { etaSeconds }),
    });
    return true;
  };
}

function secondsLeft({ estimated_finish: finish }: FineTuningJob): number | undefined {
  return finish === undefined || finish === null ? undefined : Math.max(0, finish - Date.now() / 1000);
}

async function throwIfStopped(client: OpenAI, id: string, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) return;
  const { jobs } = client.fineTuning;
  // Servers that know neither go on by themselves, and the job is found again.
  await jobs
    .pause(id)
    .catch(() => jobs.cancel(id))
    .catch(() => undefined);
  throwIfAborted(signal);
}
