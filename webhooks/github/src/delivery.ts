import { isUtf8 } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import { emitterEventNames } from '@octokit/webhooks';
import { isDeeperThan } from './json-depth.ts';

/** GitHub sends no payload above 25 MB. */
export const MAX_PAYLOAD_BYTES = 25 * 1024 * 1024;
/** Arrays and objects inside each other; GitHub's own payloads stay below 12. */
export const MAX_PAYLOAD_DEPTH = 64;

export interface DeliveryInput {
  /** Header names in small letters, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body exactly as it came in. */
  readonly rawBody: Uint8Array | string;
  readonly secret: string;
  /** Still accepted while a secret is being changed. */
  readonly previousSecret?: string | undefined;
}

export interface VerifiedDelivery {
  readonly deliveryId: string;
  readonly event: string;
  readonly action?: string;
  readonly payload: Record<string, unknown>;
}

const EVENT_NAMES: ReadonlySet<string> = new Set(emitterEventNames.map((name) => name.split('.')[0] ?? name));

/**
 * Checks that GitHub sent a delivery, then reads it. Size and signature come first: what is not signed is never parsed.
 * The HMAC is over the raw bytes and compared in constant time
 * (https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries).
 * Throws PAYLOAD_TOO_LARGE, UNAUTHORIZED, INVALID_INPUT (no event or delivery id), UNKNOWN_EVENT, PAYLOAD_TOO_DEEP, MALFORMED_JSON.
 */
export async function verifyDelivery(input: DeliveryInput): Promise<VerifiedDelivery> {
  const body = verifiedBody(input);
  const deliveryId = requiredHeader(input, 'x-github-delivery');
  const event = requiredHeader(input, 'x-github-event');
  if (!EVENT_NAMES.has(event)) {
    throw new ContinuumError('UNKNOWN_EVENT', `GitHub has no event named ${JSON.stringify(event.slice(0, 64))}`, {
      next: 'Send one of the events GitHub documents in the X-GitHub-Event header.',
    });
  }
  const payload = parsePayload(body);
  const { action } = payload;
  return { deliveryId, event, ...(typeof action === 'string' ? { action } : {}), payload };
}

function verifiedBody({ headers, rawBody, secret, previousSecret }: DeliveryInput): string {
  const bytes = typeof rawBody === 'string' ? Buffer.from(rawBody) : rawBody;
  if (bytes.byteLength > MAX_PAYLOAD_BYTES) {
    throw new ContinuumError(
      'PAYLOAD_TOO_LARGE',
      `the body has ${bytes.byteLength} bytes, more than GitHub ever sends`,
      {
        next: `Send at most ${MAX_PAYLOAD_BYTES} bytes.`,
      },
    );
  }
  const signature = singleHeader(headers['x-hub-signature-256']);
  if (signature === undefined) throw unauthorized('the X-Hub-Signature-256 header is missing');
  const secrets = [secret, previousSecret ?? ''].filter((each) => each !== '');
  const isSigned = secrets.some((each) => isSignatureOf(signature, bytes, each));
  // Text is made only of bytes that encode back to exactly these.
  if (!isSigned || bytes.byteLength === 0 || !isUtf8(bytes))
    throw unauthorized('the signature does not match the body');
  return typeof rawBody === 'string'
    ? rawBody
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** Compares in constant time; the bytes are read once. */
function isSignatureOf(signature: string, bytes: Uint8Array, secret: string): boolean {
  const given = Buffer.from(signature);
  const wanted = Buffer.from(`sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function unauthorized(message: string): ContinuumError {
  return new ContinuumError('UNAUTHORIZED', message, {
    next: "Use the same secret in the webhook's settings and in GITHUB_WEBHOOK_SECRET.",
  });
}

function singleHeader(value: string | readonly string[] | undefined): string | undefined {
  const text = typeof value === 'string' ? value : value?.[0];
  return text === undefined || text === '' ? undefined : text;
}

function requiredHeader({ headers }: DeliveryInput, name: string): string {
  const value = singleHeader(headers[name]);
  if (value !== undefined && /^[\w.:-]{1,200}$/.test(value)) return value;
  throw new ContinuumError('INVALID_INPUT', `the ${name} header is missing or malformed`, {
    next: 'Deliver the request as GitHub sends it, with all X-GitHub-* headers.',
  });
}

function parsePayload(body: string): Record<string, unknown> {
  if (isDeeperThan(body, MAX_PAYLOAD_DEPTH)) {
    throw new ContinuumError('PAYLOAD_TOO_DEEP', `the payload is nested deeper than ${MAX_PAYLOAD_DEPTH} levels`, {
      next: "Send the event's payload as GitHub makes it.",
    });
  }
  const payload = parseJson(body);
  if (isObject(payload)) return payload;
  throw malformed('the payload is not a JSON object');
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw malformed('the payload is not JSON');
  }
}

function malformed(message: string): ContinuumError {
  return new ContinuumError('MALFORMED_JSON', message, {
    next: 'Set the content type of the webhook to application/json.',
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
