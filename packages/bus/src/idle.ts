import { ContinuumError } from '@continuum/contract/errors';

/**
 * Resolves when `waiting` names nothing any more; asks again whenever something was `settled`, and every `pollMs` when
 * that is given. Throws ABORTED, naming what still waits, after `timeoutMs`.
 */
export async function untilIdle(
  waiting: () => Promise<string[]>,
  settled: () => Promise<void>,
  timeoutMs: number,
  pollMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const next = settled();
    const left = await waiting();
    if (left.length === 0) return;
    const ms = deadline - Date.now();
    if (ms <= 0) throw new ContinuumError('ABORTED', `Not idle after ${timeoutMs} ms: ${left.join(', ')}.`);
    await firstOf(next, Math.min(ms, pollMs));
  }
}

async function firstOf(settled: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([settled, late]);
  clearTimeout(timer);
}
