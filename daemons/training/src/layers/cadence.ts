import { setTimeout as wait } from 'node:timers/promises';
import type { ScopeId } from '@continuum/contract/ids';
import { dueTraining } from '@continuum/genome/cadence';
import { readCounter } from '@continuum/genome/counters';
import type { TrainingRuntime } from '../runtime.ts';
import { isOver, latestJob, readWindows, useWindow } from './records.ts';

/** After a failure its scope waits this long, unless somebody asks by hand. */
const AFTER_FAILURE_MS = 6 * 3600 * 1000;
const MINUTE_MS = 60_000;

/** Looks at every scope once and puts those in line whose training is due; answers with them. */
export async function lookAround(
  runtime: TrainingRuntime,
  train: (scope: ScopeId, because: string) => Promise<unknown>,
): Promise<ScopeId[]> {
  const { values } = runtime.store;
  const begun: ScopeId[] = [];
  for (const { id: scope } of runtime.scopes) {
    const now = runtime.now();
    if (await isBusy(runtime, scope, now)) continue;
    const due = dueTraining({
      counter: await readCounter(values, scope),
      used: new Set(await readWindows(values, scope)),
      now,
      offsetMinutes: -now.getTimezoneOffset(),
    });
    if (due === undefined) continue;
    // Used up even when the scope has too few corrections: it is not asked again before the next window.
    if (due.window !== undefined) await useWindow(values, scope, due.window);
    const job = await train(scope, due.because).catch((error: unknown) =>
      runtime.log.info({ err: error, scope }, 'a training that was due did not begin'),
    );
    if (job !== undefined) begun.push(scope);
  }
  return begun;
}

async function isBusy({ store }: TrainingRuntime, scope: ScopeId, now: Date): Promise<boolean> {
  const latest = await latestJob(store.values, scope);
  if (latest === undefined) return false;
  if (!isOver(latest)) return true;
  return latest.progress.state === 'failed' && now.getTime() - Date.parse(latest.at) < AFTER_FAILURE_MS;
}

/** Looks around every minute until the signal says so. */
export async function everyMinute(look: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(MINUTE_MS, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await look();
  }
}
