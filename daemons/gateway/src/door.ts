import { ContinuumError } from '@continuum/contract/errors';
import type { MiddlewareHandler } from 'hono';

/** Whether requests with work in them are taken: health is answered also while it is shut. */
export interface Door {
  readonly isOpen: boolean;
  open(): void;
  /** Refuses from now on, and resolves when every delivery that came in before has its answer. */
  shut(): Promise<void>;
  /** Counts a delivery from its first byte to its answer. */
  pass<T>(work: () => Promise<T>): Promise<T>;
}

/** A door that is shut until the process is ready, and again when it stops. */
export function createDoor(): Door {
  const inside = new Set<Promise<unknown>>();
  let isOpen = false;
  return {
    get isOpen() {
      return isOpen;
    },
    open() {
      isOpen = true;
    },
    async shut() {
      isOpen = false;
      await Promise.allSettled(inside);
    },
    async pass(work) {
      const passing = work();
      inside.add(passing);
      try {
        return await passing;
      } finally {
        inside.delete(passing);
      }
    },
  };
}

/** Throws OVERLOADED, with when to come again, while the door is shut. */
export function assertOpen(door: Door | undefined): void {
  if (door?.isOpen !== false) return;
  throw new ContinuumError('OVERLOADED', 'this process is starting or stopping', {
    next: 'Come again in a moment, or ask another process of its kind.',
    retryable: true,
    retryAfterMs: 1000,
  });
}

/** Lets requests through while the door is open. */
export function doorGuard(door: Door | undefined): MiddlewareHandler {
  return async (_c, next) => {
    assertOpen(door);
    await next();
  };
}
