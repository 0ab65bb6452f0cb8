import { isContended, isUnavailable } from './failure.ts';

const MOST_TRIES = 5;
const FIRST_PAUSE_MS = 10;
const PAUSE_MS = 250;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Runs a transaction, and again from its beginning when a deadlock or serialization failure took it back, at most five times.
 * Its work must therefore change nothing but the store it is handed. Throws what the last try throws.
 */
export async function retryContended<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (thrown) {
      if (attempt === MOST_TRIES || !isContended(thrown)) throw thrown;
    }
    // Those that stood in each other's way must not meet again.
    await sleep(Math.random() * FIRST_PAUSE_MS * 2 ** attempt);
  }
}

/** Runs something again while the server is away, for at most `patienceMs`. Throws what the last try throws. */
export async function retryUntilThere<T>(work: () => Promise<T>, patienceMs: number): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      if (!isUnavailable(thrown) || performance.now() + PAUSE_MS > deadline) throw thrown;
    }
    await sleep(PAUSE_MS);
  }
}
