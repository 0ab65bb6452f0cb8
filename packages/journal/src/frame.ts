import { crc32 } from 'node:zlib';
import type { JournalRecord, NewJournalRecord } from '@continuum/contract/ports/journal';

/*
 * One record on disk:
 *   u32 length of the JSON head | u32 length of the body | u32 CRC-32 of head and body | u32 CRC-32 of these 12 bytes
 *   head (id, source, event, at as JSON) | body, byte for byte | one end mark
 * The lengths have a checksum of their own, so that a damaged length never passes for a record cut short by a crash.
 */
export const FRAME_BYTES = 16;
/** Not zero: a file system that grew the file before it wrote the data leaves zeros, so a zero here means "never written". */
const END_MARK = 0xa5;

export type ReadResult =
  | { readonly kind: 'record'; readonly record: JournalRecord; readonly end: number }
  | { readonly kind: 'torn' }
  | { readonly kind: 'damaged'; readonly why: string };

const damaged = (why: string): ReadResult => ({ kind: 'damaged', why });

const END = Buffer.of(END_MARK);

/** The bytes of one record as they stand in a segment, in pieces: a body in bytes is not copied. */
export function encodeRecord(record: NewJournalRecord): Buffer[] {
  const { id, source, event, at } = record;
  const json = JSON.stringify({ id, source, event, at });
  const headLength = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(FRAME_BYTES + headLength);
  frame.write(json, FRAME_BYTES);
  const body = toBytes(record.body);
  frame.writeUInt32LE(headLength, 0);
  frame.writeUInt32LE(body.length, 4);
  frame.writeUInt32LE(crc32(body, crc32(frame.subarray(FRAME_BYTES))), 8);
  frame.writeUInt32LE(crc32(frame.subarray(0, 12)), 12);
  return [frame, body, END];
}

function toBytes(body: string | Uint8Array): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** Bytes of the record whose first FRAME_BYTES these are; undefined when they are damaged or not all there. */
export function recordLength(frame: Buffer): number | undefined {
  if (frame.length < FRAME_BYTES || crc32(frame.subarray(0, 12)) !== frame.readUInt32LE(12)) return undefined;
  return FRAME_BYTES + frame.readUInt32LE(0) + frame.readUInt32LE(4) + 1;
}

/** Index after the last byte that is not zero, at least `from`. */
function writtenEnd(bytes: Buffer, from: number): number {
  let end = bytes.length;
  while (end > from && bytes[end - 1] === 0) end -= 1;
  return end;
}

function text(head: Record<string, unknown>, key: string): string {
  const value = head[key];
  if (typeof value !== 'string') throw new TypeError(`"${key}" is no text`);
  return value;
}

function decode(head: Buffer, body: Buffer): JournalRecord {
  const fields: Record<string, unknown> = JSON.parse(head.toString());
  return {
    id: text(fields, 'id'),
    source: text(fields, 'source'),
    event: text(fields, 'event'),
    at: text(fields, 'at'),
    body: body.toString(),
  };
}

function readPayload(bytes: Buffer, offset: number, end: number): ReadResult {
  const start = offset + FRAME_BYTES;
  const payload = bytes.subarray(start, end - 1);
  if (crc32(payload) !== bytes.readUInt32LE(offset + 8)) return damaged('the checksum of the record does not match');
  const headLength = bytes.readUInt32LE(offset);
  try {
    return { kind: 'record', record: decode(payload.subarray(0, headLength), payload.subarray(headLength)), end };
  } catch (error) {
    return damaged(`the head of the record is not readable: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * The record at `offset` (bytes) of a segment. `torn` is what a write that a crash stopped leaves: bytes missing at the end
 * of the file, or zeros in their place. Everything else that does not check out is `damaged`.
 */
export function readRecord(bytes: Buffer, offset: number): ReadResult {
  if (bytes.length - offset < FRAME_BYTES) return { kind: 'torn' };
  const length = recordLength(bytes.subarray(offset, offset + FRAME_BYTES));
  if (length === undefined) {
    const onlyPartOfFrame = writtenEnd(bytes, offset) - offset < FRAME_BYTES;
    return onlyPartOfFrame ? { kind: 'torn' } : damaged('the checksum of the lengths does not match');
  }
  const end = offset + length;
  if (end > bytes.length || writtenEnd(bytes, offset) < end) return { kind: 'torn' };
  return bytes[end - 1] === END_MARK ? readPayload(bytes, offset, end) : damaged('the end mark of the record is wrong');
}
