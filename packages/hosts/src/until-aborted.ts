import { ContinuumError } from '@continuum/contract/errors';

/** What a caller hears who gave up waiting. */
export function aborted(): ContinuumError {
  return new ContinuumError('ABORTED', 'Scoring was stopped by its caller.');
}

/** @throws ContinuumError ABORTED when the signal has fired. */
export function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted();
}

/** Waits for the work no longer than the signal allows; the work itself goes on. Throws ABORTED. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  assertNotAborted(signal);
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(aborted());
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
