import { ContinuumError } from '@continuum/contract/errors';
import type { RawDelivery, VerifiedDelivery } from '@continuum/contract/source';
import { header, requiredHeader } from '@continuum/delivery/headers';
import { assertPayload, assertSize } from '@continuum/delivery/payload';
import { isSignedWith, isText, unauthorized } from '@continuum/delivery/signature';
import { emitterEventNames } from '@octokit/webhooks';

const EVENT_NAMES: ReadonlySet<string> = new Set(emitterEventNames.map((name) => name.split('.')[0] ?? name));
const NEXT = "Use the same secret in the webhook's settings and in GITHUB_WEBHOOK_SECRET.";

/**
 * Checks that GitHub sent a delivery, then that it can be read. Size and signature come first: what is not signed is never
 * parsed. The HMAC is over the raw bytes and compared in constant time
 * (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries). GitHub signs no time: a replay is recognised
 * by its delivery id.
 * Throws PAYLOAD_TOO_LARGE, UNAUTHORIZED, INVALID_INPUT (no event or delivery id), UNKNOWN_EVENT, PAYLOAD_TOO_DEEP, MALFORMED_JSON.
 */
export async function verifyDelivery(delivery: Omit<RawDelivery, 'now'>): Promise<VerifiedDelivery> {
  const { headers, rawBody } = delivery;
  assertProven(delivery);
  const deliveryId = requiredHeader(headers, 'x-github-delivery');
  const event = requiredHeader(headers, 'x-github-event');
  if (!EVENT_NAMES.has(event)) {
    throw new ContinuumError('UNKNOWN_EVENT', `GitHub has no event named ${JSON.stringify(event.slice(0, 64))}`, {
      next: 'Send one of the events GitHub documents in the X-GitHub-Event header.',
    });
  }
  assertPayload(rawBody);
  return { deliveryId, event };
}

function assertProven({ headers, rawBody, secret, previousSecret }: Omit<RawDelivery, 'now'>): void {
  assertSize(rawBody);
  const signature = header(headers, 'x-hub-signature-256');
  if (signature === undefined) throw unauthorized('the X-Hub-Signature-256 header is missing', NEXT);
  const proof = { bytes: rawBody, signature, secrets: [secret, previousSecret], prefix: 'sha256=' };
  if (!isSignedWith(proof) || !isText(rawBody)) throw unauthorized('the signature does not match the body', NEXT);
}
