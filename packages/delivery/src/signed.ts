import type { DeliveryHeaders, RawDelivery } from '@continuum/contract/source';
import { header, requiredHeader } from './headers.ts';
import { assertSize, parsePayload } from './payload.ts';
import { isSignedWith, isStale, textOf, unauthorized } from './signature.ts';

export const SIGNATURE_HEADER = 'x-continuum-signature-256';
export const TIMESTAMP_HEADER = 'x-continuum-timestamp';
export const DELIVERY_HEADER = 'x-continuum-delivery';
export const EVENT_HEADER = 'x-continuum-event';

export interface SignedDelivery {
  readonly deliveryId: string;
  readonly event: string;
  readonly payload: Record<string, unknown>;
}

/**
 * Proves a delivery of our own scheme, for senders that have none: `x-continuum-delivery`, `x-continuum-event`,
 * `x-continuum-timestamp` (seconds since 1970) and `x-continuum-signature-256`, which is `sha256=` and the hexadecimal
 * HMAC-SHA256 of `<timestamp>.<raw body>`. `next` says where the secret belongs. Size, proof and time come first: what is not
 * signed is never parsed. Throws PAYLOAD_TOO_LARGE, UNAUTHORIZED (also when more than 300 s old or ahead), INVALID_INPUT,
 * PAYLOAD_TOO_DEEP, MALFORMED_JSON.
 */
export function verifySigned(delivery: RawDelivery, next: string, largest?: number): SignedDelivery {
  assertSize(delivery.rawBody, largest);
  const text = provenText(delivery, next);
  return {
    deliveryId: requiredHeader(delivery.headers, DELIVERY_HEADER),
    event: requiredHeader(delivery.headers, EVENT_HEADER),
    payload: parsePayload(text),
  };
}

function provenText({ headers, rawBody, secret, previousSecret, now }: RawDelivery, next: string): string {
  const signature = header(headers, SIGNATURE_HEADER);
  if (signature === undefined) throw unauthorized(`the ${SIGNATURE_HEADER} header is missing`, next);
  const timestamp = sentAt(headers, next);
  const proof = {
    ...{ bytes: rawBody, signature, secrets: [secret, previousSecret] },
    ...{ prefix: 'sha256=', salt: `${timestamp}.` },
  };
  const text = isSignedWith(proof) ? textOf(rawBody) : undefined;
  if (text === undefined) throw unauthorized('the signature does not match the timestamp and the body', next);
  if (!isStale(Number(timestamp), now)) return text;
  throw unauthorized(
    'the delivery was signed more than 5 minutes away from now',
    'Sign it anew when it is sent again.',
  );
}

/** Digits as they were signed, at most 12: further than any clock goes. */
function sentAt(headers: DeliveryHeaders, next: string): string {
  const timestamp = header(headers, TIMESTAMP_HEADER);
  if (timestamp !== undefined && /^\d{1,12}$/.test(timestamp)) return timestamp;
  throw unauthorized(`the ${TIMESTAMP_HEADER} header is missing or no number of seconds`, next);
}
