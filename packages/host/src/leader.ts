import { setTimeout as wait } from 'node:timers/promises';
import { isShared, type LeaseParts, takeLease } from './lease.ts';

/** How often those who do not lead look whether they may, in ms. */
const LOOK_MS = 1_000;

/** Something that only one process at a time does. */
export interface Leading {
  /** Whether it is this process now. */
  readonly leads: boolean;
  /** Ends the work, waits for it and lets another process lead at once. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Runs `work` in this process while no other one does it: as the holder of a lease where the store is shared, at once where
 * it is not. Its signal says when the lease was lost or this process stops; work that returns before that stays ended. Work
 * that throws is logged and begun again.
 */
export function leading(parts: LeaseParts, name: string, work: (signal: AbortSignal) => Promise<void>): Leading {
  return holding(parts, `leader:${name}`, work);
}

/** The same for the holder of a lease of any name. */
export function holding(parts: LeaseParts, lease: string, work: (signal: AbortSignal) => Promise<void>): Leading {
  const stopping = new AbortController();
  let leads = false;
  const term = async (signal: AbortSignal): Promise<void> => {
    leads = true;
    try {
      await work(signal);
      await aborted(signal);
    } finally {
      leads = false;
    }
  };
  const done = campaign(parts, lease, term, stopping.signal);
  return {
    get leads() {
      return leads;
    },
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function campaign(
  parts: LeaseParts,
  name: string,
  term: (signal: AbortSignal) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      await (isShared(parts.settings) ? termWithLease(parts, name, term, stop) : term(stop));
    } catch (error) {
      if (!stop.aborted) parts.log.error({ lease: name, err: error }, 'what one process does broke off; begun again');
    }
    // Not all at the same moment.
    await wait(LOOK_MS * (0.75 + Math.random() / 2), undefined, { signal: stop }).catch(() => undefined);
  }
}

async function termWithLease(
  parts: LeaseParts,
  name: string,
  term: (signal: AbortSignal) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const lease = await takeLease(parts, name);
  if (lease === undefined) return;
  parts.log.debug({ lease: name }, 'this process holds it now');
  try {
    await term(AbortSignal.any([stop, lease.signal]));
  } finally {
    await lease.release();
  }
}

/** Resolves when the signal says so. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
