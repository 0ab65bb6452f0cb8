import { ContinuumError } from '@continuum/contract/errors';
import { type Envelope, EVENTS, EventName, type EventPayload, matchesPattern } from '@continuum/contract/event';
import { EventId, newId } from '@continuum/contract/ids';
import type { EmitOptions } from '@continuum/contract/ports/bus';

/** What is stored of an event. Throws UNKNOWN_EVENT and INVALID_INPUT. */
export function toEnvelope<N extends EventName>(
  name: N,
  payload: EventPayload<N>,
  options: EmitOptions,
  now: Date,
): Envelope {
  if (!EventName.safeParse(name).success) {
    throw new ContinuumError('UNKNOWN_EVENT', `There is no event "${name}".`, {
      next: 'Add its name and payload to contract/event.',
    });
  }
  const parsed = EVENTS[name].safeParse(payload);
  if (!parsed.success) {
    throw new ContinuumError('INVALID_INPUT', `Not a payload of ${name}: ${parsed.error.message}`, {
      next: 'Give the event the payload that contract/event describes.',
    });
  }
  const id = options.id ?? EventId.parse(newId('evt', now.getTime()));
  return { id, name, payload: parsed.data, at: now.toISOString(), causationId: options.causationId };
}

/** Throws INVALID_INPUT when no event can match. */
export function assertPattern(pattern: string): void {
  if (EventName.options.some((name) => matchesPattern(pattern, name))) return;
  throw new ContinuumError('INVALID_INPUT', `No event matches "${pattern}".`, {
    next: 'Use a name of contract/event, with * for one word or ** for the rest.',
  });
}

/** The refusal of a second handler for a durable consumer in the same process. */
export function nameTaken(name: string): ContinuumError {
  return new ContinuumError('CONFLICT', `The durable consumer ${name} has a handler already.`, {
    next: 'Give each subscription its own name, or stop the first.',
  });
}

/** The refusal to replay what is no dead letter. */
export function noDeadLetter(consumer: string, id: EventId): ContinuumError {
  return new ContinuumError('NOT_FOUND', `${consumer} has no dead letter ${id}.`, {
    next: 'List the dead letters for their consumers and ids.',
  });
}
