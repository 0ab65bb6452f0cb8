import { ContinuumError } from '@continuum/contract/errors';

const LONGEST_MS = 60_000;

/**
 * Delay in ms before the next delivery: doubled each time, at most 60 s, with half of it left to chance so that what failed
 * together does not come back together ("equal jitter", AWS Architecture Blog 2015). An error that says when to come back is
 * taken at its word. `chance` is in [0, 1).
 */
export function retryDelay(error: unknown, delivery: number, backoffMs: number, chance: number): number {
  if (error instanceof ContinuumError && error.retryAfterMs !== undefined) {
    return error.retryAfterMs * (1 + chance / 10);
  }
  const full = Math.min(LONGEST_MS, backoffMs * 2 ** (delivery - 1));
  return (full * (1 + chance)) / 2;
}

/** What was refused for what it says, by us or by the code host. */
const HOPELESS: ReadonlySet<string> = new Set(['INVALID_INPUT', 'CODE_HOST_REJECTED']);

/** Would the same event fail in the same way however often it is offered? */
export function isHopeless(error: unknown): boolean {
  return error instanceof ContinuumError && HOPELESS.has(error.code) && !error.retryable;
}

/** How an event ends that was in the hands of process after process when they died: it may be what kills them. */
export function unanswered(deliveries: number): ContinuumError {
  return new ContinuumError('ABORTED', `Nobody answered its last ${deliveries} deliveries.`, {
    next: 'See whether it stops the process that handles it, then replay it.',
  });
}
