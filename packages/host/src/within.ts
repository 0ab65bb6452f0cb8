import { ContinuumError } from '@continuum/contract/errors';

/** Waits for `work` for so long at most, in ms; the work itself goes on. Throws ABORTED (retryable) naming `what`. */
export async function within<T>(limitMs: number, work: Promise<T>, what: string): Promise<T> {
  if (!Number.isFinite(limitMs)) return work;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new ContinuumError('ABORTED', `waited ${Math.round(limitMs)} ms for ${what}`, { retryable: true }));
  }, limitMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
