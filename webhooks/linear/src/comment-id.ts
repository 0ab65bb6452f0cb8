import { createHash } from 'node:crypto';

/**
 * The id of the comment that is written under an idempotency key: a UUID of version 4 by its form (RFC 9562, 5.4), whose second
 * half follows from its first. Linear takes ids from its clients and keeps each once, so that a comment can neither stand twice
 * nor come back unrecognised, and nothing that readers see has to mark it.
 */
export function commentIdOf(key: string): string {
  return withCheck(hash('comment', key).subarray(0, 8));
}

/** Did we give this id? One in 2^62 strangers would pass. */
export function isOwnCommentId(id: string): boolean {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return false;
  return withCheck(Buffer.from(id.replaceAll('-', '').slice(0, 16), 'hex')) === id;
}

/** `first`: 8 bytes, of which the version takes 4 bits; the variant takes 2 bits of the check. */
function withCheck(first: Buffer): string {
  const head = Buffer.from(first);
  head[6] = ((head[6] ?? 0) & 0x0f) | 0x40;
  const check = hash('check', head.toString('hex')).subarray(0, 8);
  check[0] = ((check[0] ?? 0) & 0x3f) | 0x80;
  const hex = head.toString('hex') + check.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function hash(...parts: readonly string[]): Buffer {
  return createHash('sha256')
    .update(['continuum', ...parts].join('\0'))
    .digest();
}
