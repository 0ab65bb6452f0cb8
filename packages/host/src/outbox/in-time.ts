import { ContinuumError } from '@continuum/contract/errors';

/** What a handler that ignores its signal gets on top, in ms. */
const GRACE_MS = 5_000;

/**
 * Runs work under a signal that ends after `limitMs`. Throws what the work throws; ABORTED (retryable, and not before its
 * successor may safely begin) when it goes on some seconds after the signal.
 */
export async function inTime<T>(limitMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const limit = setTimeout(() => abort.abort(new DOMException('the effect took too long', 'TimeoutError')), limitMs);
  let grace: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    grace = setTimeout(() => reject(hung(limitMs)), limitMs + GRACE_MS);
  });
  try {
    return await Promise.race([work(abort.signal), tooLate]);
  } finally {
    clearTimeout(limit);
    clearTimeout(grace);
  }
}

function hung(limitMs: number): ContinuumError {
  return new ContinuumError('ABORTED', `the effect did not end within ${limitMs} ms, nor when it was told to`, {
    next: 'Nothing to do: it is tried again. If it lasts, restart the process.',
    retryable: true,
    retryAfterMs: limitMs,
  });
}
