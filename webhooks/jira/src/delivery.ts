import { ContinuumError } from '@continuum/contract/errors';
import type { RawDelivery, VerifiedDelivery } from '@continuum/contract/source';
import { header, requiredHeader } from '@continuum/delivery/headers';
import { assertSize, parsePayload } from '@continuum/delivery/payload';
import { isSignedWith, textOf, unauthorized } from '@continuum/delivery/signature';

const NEXT = "Use the same secret in the webhook's settings in Jira and in JIRA_WEBHOOK_SECRET.";

/**
 * Jira signs when something happened, not when it was sent, and sends again for hours: a delivery is believed for a day. Ids are
 * remembered for a week, so that a replay is either recognised or refused.
 */
export const BELIEVED_MS = 24 * 3_600_000;

/** What Jira tells of, by the first words of its event names. */
const NAMES =
  /^(?:jira:)?(issue|comment|worklog|attachment|issuelink|issue_property|project|version|user|sprint|board|filter|option|issuetype)_([a-z_]{1,40})$/;

/**
 * Checks that Jira sent a delivery, then that it can be read (https://developer.atlassian.com/cloud/jira/platform/webhooks). Size
 * and signature come first: what is not signed is never parsed. `x-hub-signature` is `sha256=` and the HMAC-SHA256 of the raw
 * bytes; the id stays the same through Jira's retries. The event is `issue` or `comment`, or the name of another event as Jira
 * writes it. Throws PAYLOAD_TOO_LARGE, UNAUTHORIZED (also for what happened more than a day ago), INVALID_INPUT (no delivery
 * id), UNKNOWN_EVENT, PAYLOAD_TOO_DEEP, MALFORMED_JSON.
 */
export async function verifyDelivery(delivery: RawDelivery): Promise<VerifiedDelivery> {
  const payload = parsePayload(provenText(delivery));
  assertRecent(payload.timestamp, delivery.now);
  const deliveryId = requiredHeader(delivery.headers, 'x-atlassian-webhook-identifier');
  return { deliveryId, event: eventOf(payload.webhookEvent) };
}

function provenText({ headers, rawBody, secret, previousSecret }: RawDelivery): string {
  assertSize(rawBody);
  const signature = header(headers, 'x-hub-signature');
  if (signature === undefined) throw unauthorized('the X-Hub-Signature header is missing', NEXT);
  const proof = { bytes: rawBody, signature, secrets: [secret, previousSecret], prefix: 'sha256=' };
  const text = isSignedWith(proof) ? textOf(rawBody) : undefined;
  if (text === undefined) throw unauthorized('the signature does not match the body', NEXT);
  return text;
}

function assertRecent(timestamp: unknown, now: Date): void {
  if (typeof timestamp === 'number' && Math.abs(now.getTime() - timestamp) <= BELIEVED_MS) return;
  throw unauthorized(
    'the delivery tells of something more than a day away from now',
    'Send what happens when it happens.',
  );
}

function eventOf(webhookEvent: unknown): string {
  const name = typeof webhookEvent === 'string' ? webhookEvent : '';
  const [, noun, verb] = NAMES.exec(name) ?? [];
  if (noun === undefined) {
    throw new ContinuumError('UNKNOWN_EVENT', `Jira has no event named ${JSON.stringify(name.slice(0, 64))}`, {
      next: 'Choose issues (created, updated, deleted) and comments in the settings of the webhook.',
    });
  }
  if (noun !== 'issue' && noun !== 'comment') return `${noun}_${verb}`;
  return /^(?:created|updated|deleted)$/.test(verb ?? '') ? noun : `${noun}_${verb}`;
}
