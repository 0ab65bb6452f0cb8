import { Envelope } from '@continuum/contract/event';
import { fromWire, type Received } from './wire.ts';

/** The event of a stored message; its payload is checked where it is handled. Throws when it is none. */
export async function toEvent(message: Received): Promise<Envelope> {
  const value = await fromWire(message);
  if (!isEnvelope(value)) throw new TypeError('not an envelope');
  return value;
}

function isEnvelope(value: unknown): value is Envelope {
  return Envelope.safeParse(value).success;
}
