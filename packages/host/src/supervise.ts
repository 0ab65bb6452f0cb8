import type { Logger } from 'pino';
import type { Daemon } from './runtime.ts';

export interface Supervisor {
  /** Starts them in order; when one fails, those already started are stopped and the error is thrown on. */
  start(): Promise<void>;
  /** Stops them in reverse order; one that fails to stop does not keep the others running. Idempotent. */
  stop(): Promise<void>;
}

/** Starts and stops daemons as one. */
export function supervise(daemons: readonly Daemon[], log: Logger): Supervisor {
  const running: Daemon[] = [];
  const stop = async (): Promise<void> => {
    for (let daemon = running.pop(); daemon !== undefined; daemon = running.pop()) {
      const { name } = daemon;
      await daemon
        .stop()
        .catch((error: unknown) => log.error({ err: error, daemon: name }, 'daemon did not stop cleanly'));
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
