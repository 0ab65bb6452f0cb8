import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ContinuumError } from '@continuum/contract/errors';
import type { Disk, DiskFile } from './disk.ts';
import { FRAME_BYTES, readRecord, recordLength } from './frame.ts';
import type { Position } from './position.ts';

/**
 * Bytes before the first record of a segment: 8 of magic, u32 number of the segment, f64 length of the segment before it
 * (so that records missing at the end of that one are noticed), u32 CRC-32 of these 20.
 */
export const SEGMENT_HEAD_BYTES = 24;
const MAGIC = 'CTNJRNL1';
/** What a disk writes as one. */
const SECTOR_BYTES = 512;
/** Fewer zeros may stand in a record: in its lengths. */
const LEAST_HOLE_BYTES = 8;

/** The file of a segment. */
export function segmentFile(folder: string, segment: number): string {
  return join(folder, `segment-${String(segment).padStart(12, '0')}.log`);
}

/** A JOURNAL_CORRUPT that names the place and the way out. */
export function corrupt(file: string, offset: number, why: string): ContinuumError {
  return new ContinuumError('JOURNAL_CORRUPT', `The journal ${file} is damaged at byte ${offset}: ${why}.`, {
    next: 'Restore this file from a backup, or move it away together with the file "checkpoint" to go on without its records; deliveries of that time are then fetched again from their source.',
  });
}

function segmentHead(segment: number, previousBytes: number): Buffer {
  const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(segment, 8);
  head.writeDoubleLE(previousBytes, 12);
  head.writeUInt32LE(crc32(head.subarray(0, 20)), 20);
  return head;
}

/** Numbers of the segments in a folder, ascending. Throws JOURNAL_CORRUPT when one between them is missing. */
export async function listSegments(disk: Disk, folder: string): Promise<number[]> {
  const names = await disk.readdir(folder);
  const numbers = names.flatMap((name) => /^segment-(\d{12})\.log$/.exec(name)?.[1] ?? []).map(Number);
  numbers.sort((a, b) => a - b);
  for (const [index, number] of numbers.entries()) {
    const expected = (numbers[0] ?? 0) + index;
    if (number !== expected) throw corrupt(segmentFile(folder, expected), 0, 'the file is missing');
  }
  return numbers;
}

/** Creates a segment, durable with its name in the folder, and leaves it open for writing. */
export async function createSegment(disk: Disk, folder: string, segment: number): Promise<DiskFile> {
  const previousBytes = segment === 1 ? 0 : (await disk.stat(segmentFile(folder, segment - 1))).size;
  const file = segmentFile(folder, segment);
  const handle = await disk.open(file, 'w');
  try {
    await writeAll(handle, [segmentHead(segment, previousBytes)], 0);
    await handle.datasync();
    await disk.syncFolder(folder);
    return handle;
  } catch (error) {
    await handle.close();
    await disk.rm(file);
    throw error;
  }
}

/** Writes all bytes of the chunks at `position`, in as many writes as it takes; the last of them is not synced. */
export async function writeAll(file: DiskFile, chunks: readonly Uint8Array[], position: number): Promise<void> {
  let rest = chunks;
  let at = position;
  while (rest.length > 0) {
    const written = await file.write(rest, at);
    at += written;
    rest = withoutFirst(rest, written);
    // A power cut may take either of two writes and leave the other: what is here already has to be there before the rest is.
    if (rest.length > 0) await file.datasync();
  }
}

function withoutFirst(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let left = bytes;
  for (const [index, chunk] of chunks.entries()) {
    if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(index + 1)];
    left -= chunk.length;
  }
  return [];
}

/** Is the head complete? `false` when a crash stopped its write. Throws JOURNAL_CORRUPT. */
export function hasHead(file: string, segment: number, bytes: Buffer): boolean {
  if (bytes.length < SEGMENT_HEAD_BYTES || bytes.every((byte) => byte === 0)) return false;
  const checked = crc32(bytes.subarray(0, 20)) === bytes.readUInt32LE(20);
  if (checked && bytes.readUInt32LE(8) === segment && bytes.toString('latin1', 0, 8) === MAGIC) return true;
  throw corrupt(file, 0, 'the head of the segment is wrong');
}

/**
 * Did a crash stop the creation of the segment that was written last? A head that is not whole is that of a segment without
 * records: they are written only once the head is durable. Throws JOURNAL_CORRUPT.
 */
export function isUnfinished(file: string, segment: number, bytes: Buffer): boolean {
  if (bytes.length > SEGMENT_HEAD_BYTES) return !hasHead(file, segment, bytes);
  try {
    return !hasHead(file, segment, bytes);
  } catch {
    return true;
  }
}

/** Length in bytes of the segment before this one, as this one's head has it. */
export function previousLength(bytes: Buffer): number {
  return bytes.readDoubleLE(12);
}

/** Does one of the sectors of [offset, end) end in zeros, as one does whose last write is missing? */
function hasHole(bytes: Buffer, offset: number, end: number): boolean {
  for (let sector = offset - (offset % SECTOR_BYTES); sector < end; sector += SECTOR_BYTES) {
    const piece = bytes.subarray(Math.max(sector, offset), Math.min(sector + SECTOR_BYTES, bytes.length));
    const rest = piece.subarray(-LEAST_HOLE_BYTES);
    if (rest.length === LEAST_HOLE_BYTES && rest.every((byte) => byte === 0)) return true;
  }
  return false;
}

/** Offset after the last complete record of the segment that was written last. Throws JOURNAL_CORRUPT on damage before that. */
export function endOfRecords(file: string, bytes: Buffer): number {
  let offset = SEGMENT_HEAD_BYTES;
  while (offset < bytes.length) {
    const read = readRecord(bytes, offset);
    if (read.kind === 'torn') return offset;
    if (read.kind === 'damaged') {
      // Of a write that a power cut stopped, later sectors may be there and earlier ones not.
      const length = recordLength(bytes.subarray(offset, offset + FRAME_BYTES)) ?? FRAME_BYTES;
      if (hasHole(bytes, offset, offset + length)) return offset;
      throw corrupt(file, offset, read.why);
    }
    offset = read.end;
  }
  return offset;
}

/** The start of a segment's records. */
export function startOf(segment: number): Position {
  return { segment, offset: SEGMENT_HEAD_BYTES };
}
