import { createHash } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import type { DeliveryReply, RawDelivery, VerifiedDelivery } from '@continuum/contract/source';
import { header } from '@continuum/delivery/headers';
import { assertSize, parsePayload } from '@continuum/delivery/payload';
import { isSignedWith, isStale, textOf, unauthorized } from '@continuum/delivery/signature';
import { Envelope, type SlackEventName, Triggered, UrlVerification } from './payload.ts';

const NEXT = 'Set SLACK_SIGNING_SECRET to the signing secret on the Basic Information page of the Slack app.';

/** What whoever typed a slash command reads until the answer stands in the channel. */
const ON_IT = { response_type: 'ephemeral', text: 'On it.' };

/**
 * Checks that Slack sent a delivery a moment ago, then that it can be read. Size, age and signature come first: what is not
 * signed is never parsed. The HMAC is over `v0:<timestamp>:` and the raw bytes, compared in constant time
 * (https://docs.slack.dev/authentication/verifying-requests-from-slack). Forms (buttons, views, slash commands) are kept as JSON.
 * Throws PAYLOAD_TOO_LARGE, UNAUTHORIZED (also for one older than five minutes), INVALID_INPUT, PAYLOAD_TOO_DEEP, MALFORMED_JSON.
 */
export async function verifyDelivery(delivery: RawDelivery): Promise<VerifiedDelivery> {
  const text = verifiedText(delivery);
  const type = header(delivery.headers, 'content-type') ?? '';
  return type.startsWith('application/x-www-form-urlencoded') ? fromForm(text, delivery.now) : fromJson(text);
}

function verifiedText({ headers, rawBody, secret, previousSecret, now }: RawDelivery): string {
  assertSize(rawBody);
  const signature = header(headers, 'x-slack-signature');
  const timestamp = header(headers, 'x-slack-request-timestamp');
  if (signature === undefined || timestamp === undefined) throw unauthorized('the signature headers are missing', NEXT);
  const isTime = /^\d{1,12}$/.test(timestamp);
  if (!isTime || isStale(Number(timestamp), now)) {
    throw unauthorized('the delivery is more than five minutes away from our clock', 'Set the clock of this machine.');
  }
  const signed = { bytes: rawBody, signature, prefix: 'v0=', salt: `v0:${timestamp}:` };
  const text = isSignedWith({ ...signed, secrets: [secret, previousSecret] }) ? textOf(rawBody) : undefined;
  if (text === undefined) throw unauthorized('the signature does not match the body', NEXT);
  return text;
}

function fromJson(text: string): VerifiedDelivery {
  const payload = parsePayload(text);
  const handshake = UrlVerification.safeParse(payload).data;
  if (handshake !== undefined) {
    const reply = { status: 200, body: { challenge: handshake.challenge } } as const;
    return { deliveryId: 'url_verification', event: 'url_verification', reply, isHandshake: true };
  }
  return { deliveryId: eventId(payload), event: 'event_callback', reply: { status: 200 } };
}

function fromForm(text: string, now: Date): VerifiedDelivery {
  const form = new URLSearchParams(text);
  const inner = form.get('payload');
  if (inner !== null) return fromPerson('interactive', parsePayload(inner), now);
  return fromPerson('command', Object.fromEntries(form), now);
}

/** What a person did, with the time that Slack leaves out. */
function fromPerson(
  event: 'interactive' | 'command',
  payload: Readonly<Record<string, unknown>>,
  now: Date,
): VerifiedDelivery {
  const body = JSON.stringify({ ...payload, received_at: now.toISOString() });
  const reply: DeliveryReply = event === 'command' ? { status: 200, body: ON_IT } : { status: 200 };
  return { deliveryId: triggerId(event, payload), event, body, reply };
}

/** The same delivery as it comes over a socket, which proves its sender. Throws INVALID_INPUT. */
export function fromSocket(
  event: SlackEventName,
  payload: Readonly<Record<string, unknown>>,
  now: Date,
): VerifiedDelivery {
  if (event !== 'event_callback') return fromPerson(event, payload, now);
  return { deliveryId: eventId(payload), event, body: JSON.stringify(payload) };
}

/** The same for each retry of Slack. */
function eventId(payload: Readonly<Record<string, unknown>>): string {
  const envelope = Envelope.safeParse(payload).data;
  if (envelope !== undefined) return envelope.event_id;
  throw new ContinuumError('INVALID_INPUT', 'the payload is no event callback of Slack', {
    next: 'Point the Request URLs of the Slack app here: events, interactivity and slash commands, and nothing else.',
  });
}

/** One for each click, however often it arrives; what has none is named by its content. */
function triggerId(event: SlackEventName, payload: Readonly<Record<string, unknown>>): string {
  const trigger = Triggered.safeParse(payload).data?.trigger_id;
  if (trigger !== undefined) return trigger;
  return `${event}:${createHash('sha256').update(JSON.stringify(payload)).digest('hex').slice(0, 40)}`;
}
