const FIRST_MS = 200;
const LONGEST_MS = 5_000;

/**
 * Writes down what became of a delivery, again and again while the store is away: given up, it would wait for its lease to
 * end. Throws what the last attempt threw once `limitMs` were waited in all, or when `isStopped` says that nobody waits.
 */
export async function settle(write: () => Promise<unknown>, limitMs: number, isStopped: () => boolean): Promise<void> {
  let waitedMs = 0;
  for (let waitMs = FIRST_MS; ; waitMs = Math.min(LONGEST_MS, waitMs * 2)) {
    try {
      await write();
      return;
    } catch (error) {
      if (isStopped() || waitedMs + waitMs > limitMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitedMs += waitMs;
  }
}
