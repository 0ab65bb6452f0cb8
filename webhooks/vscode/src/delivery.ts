import { MAX_EDITOR_TEXT } from '@continuum/contract/editor';
import { ContinuumError } from '@continuum/contract/errors';
import type { RawDelivery, VerifiedDelivery } from '@continuum/contract/source';
import { verifySigned } from '@continuum/delivery/signed';
import { EDITOR_EVENTS } from './signals.ts';

const NEXT = 'Sign with the value of VSCODE_WEBHOOK_SECRET.';
/** Two texts, each of whose characters may be six bytes of JSON. */
const LARGEST_BYTES = 12 * MAX_EDITOR_TEXT + 100_000;

/**
 * Checks that an editor which knows the secret sent a delivery, in our own scheme (`@continuum/delivery/signed`).
 * Throws PAYLOAD_TOO_LARGE, UNAUTHORIZED, INVALID_INPUT, UNKNOWN_EVENT, PAYLOAD_TOO_DEEP, MALFORMED_JSON.
 */
export async function verifyDelivery(delivery: RawDelivery): Promise<VerifiedDelivery> {
  const { deliveryId, event } = verifySigned(delivery, NEXT, LARGEST_BYTES);
  if (EDITOR_EVENTS.has(event)) return { deliveryId, event };
  throw new ContinuumError('UNKNOWN_EVENT', `editors have no event named ${JSON.stringify(event.slice(0, 64))}`, {
    next: `Send one of ${[...EDITOR_EVENTS].join(', ')} in the X-Continuum-Event header.`,
  });
}
