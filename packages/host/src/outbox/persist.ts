import { doubled } from './backoff.ts';

const FIRST_MS = 200;
const LONGEST_MS = 5_000;

/**
 * Writes down what became of an entry, again and again while the store is away: given up, it would wait for its lease to
 * end. Throws what the last attempt threw once `limitMs` were waited in all, or when `isStopped` says that nobody waits.
 */
export async function persist<T>(write: () => Promise<T>, limitMs: number, isStopped: () => boolean): Promise<T> {
  let waitedMs = 0;
  for (let attempt = 1; ; attempt++) {
    const waitMs = doubled(FIRST_MS, attempt, LONGEST_MS);
    try {
      return await write();
    } catch (error) {
      if (isStopped() || waitedMs + waitMs > limitMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitedMs += waitMs;
  }
}
