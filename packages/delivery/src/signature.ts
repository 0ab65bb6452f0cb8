import { isUtf8 } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';

export interface Signed {
  /** Exactly what was signed. */
  readonly bytes: Uint8Array;
  /** Hexadecimal HMAC-SHA256, with or without the prefix that the source writes before it. */
  readonly signature: string;
  /** Any of them counts: a new one and the one before while it is being changed. Empty ones never do. */
  readonly secrets: readonly (string | undefined)[];
  /** What the source writes before the digest, such as `sha256=`. */
  readonly prefix?: string;
  /** What stands before the body in the signed text, such as `v0:<timestamp>:`. */
  readonly salt?: string;
}

/** Whether the signature was made with one of the secrets, compared in constant time. */
export function isSignedWith({ bytes, signature, secrets, prefix = '', salt = '' }: Signed): boolean {
  const given = Buffer.from(signature);
  return secrets
    .filter((secret) => secret !== undefined && secret !== '')
    .some((secret) => {
      const digest = createHmac('sha256', secret ?? '')
        .update(salt)
        .update(bytes)
        .digest('hex');
      const wanted = Buffer.from(prefix + digest);
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    });
}

/** Are these bytes text, and any at all? */
export function isText(bytes: Uint8Array): boolean {
  return bytes.byteLength > 0 && isUtf8(bytes);
}

/** The text of signed bytes; undefined unless it encodes back to exactly these. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (!isText(bytes)) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

/** Seconds between sending and receiving after which a delivery is taken for a replay. */
export const REPLAY_WINDOW_SECONDS = 300;

/** Whether a delivery of that moment, in seconds since 1970, is too old or too far ahead to be believed. */
export function isStale(seconds: number, now: Date): boolean {
  return !Number.isFinite(seconds) || Math.abs(now.getTime() / 1000 - seconds) > REPLAY_WINDOW_SECONDS;
}

/** The refusal of a delivery that nobody proved; `next` says where the secret belongs. */
export function unauthorized(message: string, next: string): ContinuumError {
  return new ContinuumError('UNAUTHORIZED', message, { next });
}
