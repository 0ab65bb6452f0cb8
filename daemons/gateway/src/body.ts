import type { IncomingMessage, RequestListener } from 'node:http';
import { ContinuumError } from '@continuum/contract/errors';

export const MEGABYTE = 1024 * 1024;
/** GitHub sends at most 25 MB; nobody else sends more. */
export const MAX_BODY_BYTES = 25 * MEGABYTE;
/** A file and what it was before, most of whose characters are one byte. */
export const MAX_EDITOR_BYTES = 4 * MEGABYTE;

/** Beyond this a sender is cut off instead of being heard out. */
const MOST_DISCARDED = 4;

/**
 * The raw bytes of a request, byte for byte. Throws PAYLOAD_TOO_LARGE for more than `limit` bytes, without keeping what is
 * beyond; it reads on for a while, because a sender that is cut off in the middle never sees the answer. Throws ABORTED when
 * the sender goes away.
 */
export async function readRequest(request: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limit * MOST_DISCARDED) throw tooLarge(limit);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit * MOST_DISCARDED) reject(tooLarge(limit));
    else if (size <= limit) chunks.push(chunk);
    else letGo(chunk);
  });
  request.on('end', () => (size > limit ? reject(tooLarge(limit)) : resolve(oneOf(chunks, size))));
  const onGone = (): void => {
    if (!request.complete) reject(new ContinuumError('ABORTED', 'the sender went away before its body was here'));
  };
  request.on('error', onGone);
  request.on('close', onGone);
  return promise;
}

/**
 * Where a request was answered before its body was here, reads the rest and throws it away, for as long as a request may take:
 * a sender that is cut off in the middle never sees the answer, and one that is left waiting blocks its connection.
 */
export function hearingOut(listener: RequestListener): RequestListener {
  return (request, response) => {
    response.once('finish', () => {
      if (!request.complete) setImmediate(discard, request);
    });
    listener(request, response);
  };
}

/** Whoever began to read, and waits for somebody to take what was read, holds it up no more. */
function discard(request: IncomingMessage): void {
  request.removeAllListeners('data');
  request.on('pause', () => request.resume());
  request.resume();
}

/**
 * Gives back the memory of bytes that nobody reads any more; whoever does finds none. V8 counts such memory: left to it, the
 * bodies of deliveries would have the whole heap searched for every 64 MB of them.
 */
export function letGo(bytes: Buffer): void {
  const { buffer, length } = bytes;
  // Small ones share their memory with others, and what has none was let go of before.
  if (buffer instanceof ArrayBuffer && length > 0 && length === buffer.byteLength) buffer.transfer(0);
}

/** What came in one piece is not copied. */
function oneOf(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first;
  const whole = Buffer.concat(chunks, size);
  for (const chunk of chunks) letGo(chunk);
  return whole;
}

/** PAYLOAD_TOO_LARGE for a body over `limit` bytes. */
export function tooLarge(limit: number): ContinuumError {
  return new ContinuumError('PAYLOAD_TOO_LARGE', `the body is larger than ${limit / MEGABYTE} MB`, {
    next: 'Send less at once.',
  });
}
