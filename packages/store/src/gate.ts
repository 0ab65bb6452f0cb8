import { ContinuumError } from '@continuum/contract/errors';
import type { Admit } from './surface.ts';

/** Lets calls in until it is closed; closing waits for those inside, and happens once. */
export function createGate(shut: () => Promise<void>): { admit: Admit; close: () => Promise<void> } {
  const inside = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  return {
    async admit(call) {
      if (closing !== undefined) throw new ContinuumError('INTERNAL', 'The store is closed');
      const running = call();
      inside.add(running);
      try {
        return await running;
      } finally {
        inside.delete(running);
      }
    },
    close() {
      closing ??= Promise.allSettled(inside).then(shut);
      return closing;
    },
  };
}
