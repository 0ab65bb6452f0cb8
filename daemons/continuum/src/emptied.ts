import { setTimeout as wait } from 'node:timers/promises';
import type { Intake } from '@continuum/daemon-intake/intake';
import type { Core, Daemon } from '@continuum/host/runtime';

const LOOK_MS = 20;

/**
 * At its stop waits until the intake has handed on all it took, for half of the drain time at most: an intake that is taken
 * out of service for good leaves nothing behind in a journal that nobody opens any more.
 */
export function emptied(
  { settings, log }: Pick<Core, 'settings' | 'log'>,
  intake: Pick<Intake, 'pendingBytes'>,
): Daemon {
  return {
    name: 'journal',
    async start() {},
    async stop() {
      const until = performance.now() + settings.drainMs / 2;
      while (intake.pendingBytes() > 0 && performance.now() < until) await wait(LOOK_MS);
      const bytes = intake.pendingBytes();
      if (bytes > 0) log.warn({ bytes }, 'deliveries wait in the journal for the next start of this intake');
    },
  };
}
