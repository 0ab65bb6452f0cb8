import { setTimeout as sleep } from 'node:timers/promises';
import { ContinuumError } from '@continuum/contract/errors';
import type { NatsLink } from './connection.ts';

const WITHIN_MS = 10_000;
const PAUSE_MS = 200;

/**
 * Asks again for ten seconds while servers come, go and elect leaders: only for what may be done twice. Throws our own errors as
 * they are, BUS_UNAVAILABLE (retryable) for those of NATS.
 */
export async function answered<T>(link: NatsLink, ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    try {
      await link.untilConnected(WITHIN_MS);
      return await link.unlessLost(ask());
    } catch (error) {
      if (error instanceof ContinuumError) throw error;
      if (Date.now() > deadline) throw unanswered(error);
      await sleep(PAUSE_MS);
    }
  }
}

function unanswered(cause: unknown): ContinuumError {
  return new ContinuumError('BUS_UNAVAILABLE', `NATS does not answer: ${String(cause)}`, {
    next: 'Try again; see that a nats-server with JetStream runs.',
    ...{ retryable: true, cause },
  });
}
