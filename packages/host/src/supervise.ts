import type { Logger } from 'pino';
import type { Daemon } from './runtime.ts';
import { within } from './within.ts';

export interface Supervisor {
  /** Starts them in order; when one fails, those already started are stopped and the error is thrown on. */
  start(): Promise<void>;
  /**
   * Stops them in reverse order; one that fails to stop does not keep the others running, and after `limitMs` in all nobody
   * is waited for any more: what they have in hand is left to others. Idempotent.
   */
  stop(limitMs?: number): Promise<void>;
}

/** Starts and stops daemons as one. */
export function supervise(daemons: readonly Daemon[], log: Logger): Supervisor {
  const running: Daemon[] = [];
  const stop = async (limitMs = Number.POSITIVE_INFINITY): Promise<void> => {
    const until = performance.now() + limitMs;
    for (let daemon = running.pop(); daemon !== undefined; daemon = running.pop()) {
      const { name } = daemon;
      await within(Math.max(0, until - performance.now()), daemon.stop(), `${name} to stop`).catch((error: unknown) =>
        log.error({ err: error, daemon: name }, 'daemon did not stop cleanly'),
      );
    }
  };
  return {
    async start() {
      for (const daemon of daemons) {
        try {
          await daemon.start();
          running.push(daemon);
        } catch (error) {
          await stop();
          throw error;
        }
      }
    },
    stop,
  };
}
