import { ContinuumError } from '@continuum/contract/errors';
import { type Envelope, EVENTS } from '@continuum/contract/event';
import type { AnyEnvelope, Handler } from '@continuum/contract/ports/bus';

function isReadable(event: Envelope): event is AnyEnvelope {
  return EVENTS[event.name]?.safeParse(event.payload).success ?? false;
}

/**
 * Hands an event to a handler for at most `limitMs`. Throws what the handler throws, INVALID_INPUT for a stored event that
 * no longer has the shape of its name, ABORTED (retryable) when the time is over; the handler's signal then says so.
 */
export async function deliver(event: Envelope, handler: Handler, limitMs: number): Promise<void> {
  if (!isReadable(event)) {
    throw new ContinuumError('INVALID_INPUT', `The stored event ${event.id} has no payload of ${event.name}.`, {
      next: 'Replay it with the version that stored it, or leave it as a dead letter.',
    });
  }
  const abort = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new ContinuumError('ABORTED', `The handler took longer than ${limitMs} ms.`, { retryable: true });
    abort.abort(error);
    late.reject(error);
  }, limitMs);
  try {
    await Promise.race([handler(event, abort.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
