import { setTimeout as wait } from 'node:timers/promises';
import { type HeldLease, isShared, type LeaseParts, takeLease } from './lease.ts';

/** While somebody else is at it, in ms. */
const LOOK_MS = 150;
const NEVER = new AbortController().signal;

/**
 * Runs `work` while no other process runs work under this name; waits for its turn. The signal of the work says when the
 * right to it was lost. Within one process the caller keeps the order. Where the store is not shared it runs at once.
 * Throws what `work` and the store throw, and the reason of `signal` when that ends the waiting.
 */
export async function exclusively<T>(
  parts: LeaseParts,
  name: string,
  work: (lost: AbortSignal) => Promise<T>,
  signal: AbortSignal = NEVER,
): Promise<T> {
  if (!isShared(parts.settings)) return work(NEVER);
  const lease = await nextLease(parts, name, signal);
  try {
    return await work(lease.signal);
  } finally {
    await lease.release();
  }
}

async function nextLease(parts: LeaseParts, name: string, signal: AbortSignal): Promise<HeldLease> {
  for (;;) {
    signal.throwIfAborted();
    const lease = await takeLease(parts, name);
    if (lease !== undefined) return lease;
    await wait(LOOK_MS * (0.75 + Math.random() / 2));
  }
}
