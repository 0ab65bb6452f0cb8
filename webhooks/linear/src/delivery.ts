import { ContinuumError } from '@continuum/contract/errors';
import type { RawDelivery, VerifiedDelivery } from '@continuum/contract/source';
import { header, requiredHeader } from '@continuum/delivery/headers';
import { assertSize, parsePayload } from '@continuum/delivery/payload';
import { isSignedWith, isStale, textOf, unauthorized } from '@continuum/delivery/signature';

const NEXT = "Use the signing secret that the webhook's page in Linear shows as LINEAR_WEBHOOK_SECRET.";

/** Types of Linear's webhooks, as `@linear/sdk` 98 knows them. */
const TYPES: ReadonlySet<string> = new Set([
  ...['AgentActivity', 'AgentSession', 'AgentSessionEvent', 'AppUserNotification', 'Attachment', 'AuditEntry'],
  ...['Comment', 'Customer', 'CustomerNeed', 'Cycle', 'Document', 'Initiative', 'InitiativeUpdate', 'Issue'],
  ...['IssueLabel', 'IssueSLA', 'OAuthApp', 'PermissionChange', 'Project', 'ProjectLabel', 'ProjectUpdate'],
  ...['Reaction', 'Release', 'ReleaseNote', 'User'],
]);

/**
 * Checks that Linear sent a delivery, then that it can be read (https://linear.app/developers/webhooks). Size and signature come
 * first: what is not signed is never parsed. `linear-signature` is the HMAC-SHA256 of the raw bytes, and the time of sending is
 * part of them. The event is the payload's type in small letters. Throws PAYLOAD_TOO_LARGE, UNAUTHORIZED (also when sent more
 * than 300 s ago), INVALID_INPUT (no delivery id), UNKNOWN_EVENT, PAYLOAD_TOO_DEEP, MALFORMED_JSON.
 */
export async function verifyDelivery(delivery: RawDelivery): Promise<VerifiedDelivery> {
  const payload = parsePayload(provenText(delivery));
  assertFresh(payload.webhookTimestamp, delivery.now);
  const deliveryId = requiredHeader(delivery.headers, 'linear-delivery');
  // Linear counts anything but 200 as a failure and sends again.
  return { deliveryId, event: eventOf(payload.type), reply: { status: 200 } };
}

function provenText({ headers, rawBody, secret, previousSecret }: RawDelivery): string {
  assertSize(rawBody);
  const signature = header(headers, 'linear-signature');
  if (signature === undefined) throw unauthorized('the Linear-Signature header is missing', NEXT);
  const text = isSignedWith({ bytes: rawBody, signature, secrets: [secret, previousSecret] })
    ? textOf(rawBody)
    : undefined;
  if (text === undefined) throw unauthorized('the signature does not match the body', NEXT);
  return text;
}

function assertFresh(sentAt: unknown, now: Date): void {
  if (typeof sentAt === 'number' && !isStale(sentAt / 1000, now)) return;
  throw unauthorized('the delivery was sent more than 5 minutes away from now', 'Let Linear send it again.');
}

function eventOf(type: unknown): string {
  if (typeof type === 'string' && TYPES.has(type)) return type.toLowerCase();
  const name = typeof type === 'string' ? JSON.stringify(type.slice(0, 64)) : 'no name';
  throw new ContinuumError('UNKNOWN_EVENT', `Linear has no webhook of type ${name}`, {
    next: 'Choose issues, comments and comment reactions in the settings of the webhook.',
  });
}
