import type { Subscription } from '@continuum/contract/ports/bus';
import type { Daemon } from './runtime.ts';

/** A daemon that only listens: subscribes at its start and stops all of it at its end. */
export function listen(name: string, subscribe: () => Promise<readonly Subscription[]>): Daemon {
  let subscriptions: readonly Subscription[] = [];
  return {
    name,
    async start() {
      subscriptions = await subscribe();
    },
    async stop() {
      const running = subscriptions;
      subscriptions = [];
      await Promise.all(running.map((subscription) => subscription.stop()));
    },
  };
}
