import { ContinuumError } from '@continuum/contract/errors';

export const MEGABYTE = 1024 * 1024;
/** GitHub sends at most 25 MB; nobody else sends more. */
export const MAX_BODY_BYTES = 25 * MEGABYTE;

/**
 * The raw bytes of a request, byte for byte. Throws PAYLOAD_TOO_LARGE as soon as more than `limit` bytes are announced
 * or have arrived, without keeping what is beyond.
 */
export async function readBody(request: Request, limit: number): Promise<Buffer> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge(limit);
  if (request.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** PAYLOAD_TOO_LARGE for a body over `limit` bytes. */
export function tooLarge(limit: number): ContinuumError {
  return new ContinuumError('PAYLOAD_TOO_LARGE', `the body is larger than ${limit / MEGABYTE} MB`, {
    next: 'Send less at once.',
  });
}
