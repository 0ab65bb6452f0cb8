import type { Commands } from '@continuum/contract/command';
import { type ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { OutboxEntry, OutboxStore } from '@continuum/contract/ports/store';
import type { Logger } from 'pino';
import type { Daemon } from './runtime.ts';

const LEASE_MS = 120_000;
const POLL_MS = 1_000;
const MAX_ATTEMPTS = 12;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5 * 60_000;

export interface Outbox extends Daemon {
  /** There is new work: look now instead of at the next poll. */
  poke(): void;
}

interface OutboxParts {
  readonly outbox: OutboxStore;
  readonly commands: Commands;
  readonly now: () => Date;
  readonly log: Logger;
  /** No other process performs from this outbox: what was in hand at a crash need not wait for its lease to end. */
  readonly alone?: boolean;
}

/** Performs waiting external effects one after the other: retried with jitter, never doubled, dead letters kept. */
export function createOutbox(parts: OutboxParts): Outbox {
  let timer: NodeJS.Timeout | undefined;
  let stopped = true;
  let running: Promise<void> | undefined;
  let again = false;

  const drain = async (): Promise<void> => {
    do {
      again = false;
      // One at a time: what is claimed and not performed, at a stop or behind a slow call, waits for its lease to end.
      const [entry] = await parts.outbox.claim(1, parts.now(), LEASE_MS);
      if (entry === undefined) continue;
      await perform(parts, entry);
      again = true;
    } while (again && !stopped);
  };
  const wake = (): void => {
    if (stopped) return;
    again = true;
    running ??= drain()
      .catch((error: unknown) => parts.log.error({ err: error }, 'outbox could not be read'))
      .finally(() => {
        running = undefined;
      });
  };
  return {
    name: 'outbox',
    async start() {
      if (parts.alone === true) await parts.outbox.releaseAll();
      stopped = false;
      timer = setInterval(wake, POLL_MS);
      wake();
    },
    poke: wake,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

async function perform(parts: OutboxParts, entry: OutboxEntry): Promise<void> {
  try {
    const context = { caller: { kind: 'system', id: 'outbox' }, idempotencyKey: entry.key } as const;
    const result = await parts.commands.executeUntyped(entry.command, entry.input, context);
    await parts.outbox.complete(entry.id, result);
  } catch (thrown) {
    await putBack(parts, entry, toContinuumError(thrown));
  }
}

async function putBack(parts: OutboxParts, entry: OutboxEntry, error: ContinuumError): Promise<void> {
  const final = !error.retryable || entry.attempts >= MAX_ATTEMPTS;
  parts.log.warn(
    { key: entry.key, command: entry.command, attempts: entry.attempts, code: error.code, final },
    error.message,
  );
  if (final) {
    await parts.outbox.bury(entry.id, entry.attempts, `${error.code}: ${error.message}`);
    return;
  }
  const delay = error.retryAfterMs ?? backoff(entry.attempts);
  await parts.outbox.retry(
    entry.id,
    entry.attempts,
    new Date(parts.now().getTime() + delay),
    `${error.code}: ${error.message}`,
  );
}

/** Full jitter over an exponential: half of it at least, so that a burst spreads out. */
function backoff(attempts: number): number {
  const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts);
  return ceiling / 2 + Math.random() * (ceiling / 2);
}
