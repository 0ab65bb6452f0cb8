import { setTimeout as wait } from 'node:timers/promises';
import { type Leading, leading } from '@continuum/host/leader';
import type { Core, Daemon } from '@continuum/host/runtime';

const HOUR_MS = 3_600_000;
/** As long as the journal keeps deliveries: their ids must be known while one may come again. */
const KEPT_MS = 7 * 24 * HOUR_MS;

/**
 * Forgets events that everybody has handled, effects that were performed and saves that hold nothing any more, when nobody can
 * ask for them again; without it the store only grows. One process at a time does it.
 */
export function retention(runtime: Pick<Core, 'settings' | 'store' | 'now' | 'log'>): Daemon {
  let task: Leading | undefined;
  return {
    name: 'retention',
    async start() {
      task = leading(runtime, 'retention', (signal) => everyHour(() => prune(runtime), signal));
    },
    async stop() {
      await task?.stop();
    },
  };
}

async function everyHour(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await work();
    await wait(HOUR_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function prune({ store, now, log }: Pick<Core, 'store' | 'now' | 'log'>): Promise<void> {
  try {
    const before = new Date(now().getTime() - KEPT_MS);
    const events = await store.stream.prune(before);
    const effects = await store.outbox.prune(before);
    const saves = await store.reviews.prune(before);
    if (events + effects + saves > 0) log.info({ events, effects, saves }, 'old events are forgotten');
  } catch (error) {
    log.error({ err: error }, 'old events could not be forgotten; tried again in an hour');
  }
}
