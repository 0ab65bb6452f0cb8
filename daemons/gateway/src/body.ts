import { ContinuumError } from '@continuum/contract/errors';

export const MEGABYTE = 1024 * 1024;
/** GitHub sends at most 25 MB; nobody else sends more. */
export const MAX_BODY_BYTES = 25 * MEGABYTE;

/** Beyond this a sender is cut off instead of being heard out. */
const MOST_DISCARDED = 4;

/**
 * The raw bytes of a request, byte for byte. Throws PAYLOAD_TOO_LARGE for more than `limit` bytes, without keeping what is
 * beyond; it reads on for a while, because a sender that is cut off in the middle never sees the answer.
 */
export async function readBody(request: Request, limit: number): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > limit * MOST_DISCARDED) throw tooLarge(limit);
  if (request.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > limit * MOST_DISCARDED) throw tooLarge(limit);
    if (size <= limit) chunks.push(chunk);
  }
  if (size > limit) throw tooLarge(limit);
  return Buffer.concat(chunks, size);
}

/** PAYLOAD_TOO_LARGE for a body over `limit` bytes. */
export function tooLarge(limit: number): ContinuumError {
  return new ContinuumError('PAYLOAD_TOO_LARGE', `the body is larger than ${limit / MEGABYTE} MB`, {
    next: 'Send less at once.',
  });
}
