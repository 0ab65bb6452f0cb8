import type { Started } from '@continuum/daemon-continuum/continuum';

/** After an error that nobody caught: what is in hand has so long to end well, in ms. */
const LAST_MS = 10_000;

/**
 * Starts a process and runs it until SIGINT or SIGTERM, then stops it and exits with 0; a second signal ends it at once. What
 * nobody caught is told, and ends it with 1. Throws what the start throws.
 */
export async function runUntilSignal(start: () => Promise<Started>): Promise<void> {
  const ended = Promise.withResolvers<{ readonly failure?: unknown }>();
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (failure: unknown) => ended.resolve({ failure }));
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      ended.resolve({});
      process.on(signal, () => process.exit(1));
    });
  }
  const { process: running, welcome } = await start();
  console.log(welcome);
  running.failed.addEventListener('abort', () => ended.resolve({ failure: running.failed.reason }));
  const end = await ended.promise;
  const isFailed = 'failure' in end;
  if (isFailed) {
    running.runtime.log.fatal({ err: end.failure }, 'the process cannot go on');
    setTimeout(() => process.exit(1), LAST_MS);
  }
  await running.stop();
  // Work that was given up on must not keep the process.
  process.exit(isFailed ? 1 : 0);
}
