import type { Daemon, Runtime } from '@continuum/host/runtime';

const HOUR_MS = 3_600_000;
/** As long as the journal keeps deliveries: their ids must be known while one may come again. */
const KEPT_MS = 7 * 24 * HOUR_MS;

/** Forgets events that everybody has handled and nobody can ask for again; without it the store only grows. */
export function retention({ store, now, log }: Pick<Runtime, 'store' | 'now' | 'log'>): Daemon {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const prune = async (): Promise<void> => {
    try {
      const gone = await store.stream.prune(new Date(now().getTime() - KEPT_MS));
      if (gone > 0) log.info({ gone }, 'old events are forgotten');
    } catch (error) {
      log.error({ err: error }, 'old events could not be forgotten; tried again in an hour');
    }
  };
  const next = (): void => {
    running = running.then(prune);
  };
  return {
    name: 'retention',
    async start() {
      timer = setInterval(next, HOUR_MS);
      next();
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
