import { ContinuumError } from '@continuum/contract/errors';

/** A sender waits no longer than this for the disk, in ms; GitHub itself gives up after ten seconds. */
const PATIENCE_MS = 2_500;

/**
 * What the work gives, if it gives it in time. Throws OVERLOADED when it does not: the work goes on, and a delivery that is on
 * disk later after all is known when it comes again.
 */
export function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooSlow()), PATIENCE_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function tooSlow(): ContinuumError {
  return new ContinuumError('OVERLOADED', 'The disk does not keep up with what comes in.', {
    next: 'Send this delivery again a little later; if it was written after all, it is recognised.',
    retryable: true,
    retryAfterMs: 5_000,
  });
}
