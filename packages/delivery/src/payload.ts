import { ContinuumError } from '@continuum/contract/errors';
import { isDeeperThan } from './json-depth.ts';
import { isCompactObject } from './json-scan.ts';
import { textOf } from './signature.ts';

/** The largest payload that any source sends (GitHub: 25 MB). */
export const MAX_PAYLOAD_BYTES = 25 * 1024 * 1024;
/** Arrays and objects inside each other; real payloads stay below 12. */
export const MAX_PAYLOAD_DEPTH = 64;

/** Asked first, before the signature: hashing costs. Throws PAYLOAD_TOO_LARGE. */
export function assertSize(bytes: Uint8Array, largest = MAX_PAYLOAD_BYTES): void {
  if (bytes.byteLength <= largest) return;
  throw new ContinuumError('PAYLOAD_TOO_LARGE', `the body has ${bytes.byteLength} bytes, more than are ever sent`, {
    next: `Send at most ${largest} bytes.`,
  });
}

/**
 * Whether the text, in valid UTF-8, is a JSON object of bounded depth, without making it one where that can be helped. Throws like
 * `parsePayload`.
 */
export function assertPayload(text: Uint8Array): void {
  if (isCompactObject(text, MAX_PAYLOAD_DEPTH)) return;
  parsePayload(textOf(text) ?? '');
}

/** A JSON object of bounded depth. Throws PAYLOAD_TOO_DEEP, MALFORMED_JSON. */
export function parsePayload(text: string): Record<string, unknown> {
  if (isDeeperThan(text, MAX_PAYLOAD_DEPTH)) {
    throw new ContinuumError('PAYLOAD_TOO_DEEP', `the payload is nested deeper than ${MAX_PAYLOAD_DEPTH} levels`, {
      next: "Send the event's payload as its source makes it.",
    });
  }
  const payload = parseJson(text);
  if (isObject(payload)) return payload;
  throw malformed('the payload is not a JSON object');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
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
