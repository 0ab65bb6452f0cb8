import { ContinuumError } from '@continuum/contract/errors';
import type { RawDelivery, VerifiedDelivery } from '@continuum/contract/source';
import { header, requiredHeader } from '@continuum/delivery/headers';
import { assertPayload, assertSize } from '@continuum/delivery/payload';
import { isSignedWith, textOf, unauthorized } from '@continuum/delivery/signature';
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
  const { headers } = delivery;
  const text = verifiedText(delivery);
  const deliveryId = requiredHeader(headers, 'x-github-delivery');
  const event = requiredHeader(headers, 'x-github-event');
  if (!EVENT_NAMES.has(event)) {
    throw new ContinuumError('UNKNOWN_EVENT', `GitHub has no event named ${JSON.stringify(event.slice(0, 64))}`, {
      next: 'Send one of the events GitHub documents in the X-GitHub-Event header.',
    });
  }
  assertPayload(text);
  return { deliveryId, event };
}

function verifiedText({ headers, rawBody, secret, previousSecret }: Omit<RawDelivery, 'now'>): string {
  assertSize(rawBody);
  const signature = header(headers, 'x-hub-signature-256');
  if (signature === undefined) throw unauthorized('the X-Hub-Signature-256 header is missing', NEXT);
  const secrets = [secret, previousSecret];
  const text = isSignedWith({ bytes: rawBody, signature, secrets, prefix: 'sha256=' }) ? textOf(rawBody) : undefined;
  if (text === undefined) throw unauthorized('the signature does not match the body', NEXT);
  return text;
}
