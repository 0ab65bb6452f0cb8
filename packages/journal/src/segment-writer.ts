import type { Disk, DiskFile } from './disk.ts';
import { comparePositions, type Position } from './position.ts';
import {
  corrupt,
  createSegment,
  endOfRecords,
  isUnfinished,
  listSegments,
  segmentFile,
  startOf,
  writeAll,
} from './segment.ts';

/** Where segments lie and how long they grow. */
export interface SegmentFolder {
  readonly disk: Disk;
  readonly folder: string;
  /** Bytes; a single record may be longer. */
  readonly maxSegmentBytes: number;
}

/** Writes batches to the last segment and begins a new one when it is full. One write at a time. */
export class SegmentWriter {
  readonly #place: SegmentFolder;
  #handle: DiskFile;
  #end: Position;
  /** Bytes of a failed write may stand after `#end`. */
  #dirty = false;
  #mustRotate = false;

  /** Bytes of the segments before the last one, from the checkpoint on. */
  readonly #lengths: Map<number, number>;

  private constructor(place: SegmentFolder, handle: DiskFile, end: Position, lengths: Map<number, number>) {
    this.#place = place;
    this.#handle = handle;
    this.#end = end;
    this.#lengths = lengths;
  }

  /** Opens the last segment and cuts off what a crash left unfinished. Throws JOURNAL_CORRUPT. */
  static async open(place: SegmentFolder, checkpoint: Position): Promise<SegmentWriter> {
    const { disk, folder } = place;
    const segments = await listSegments(disk, folder);
    const segment = segments.at(-1);
    if (segment === undefined) {
      const handle = await createSegment(disk, folder, 1);
      return new SegmentWriter(place, handle, startOf(1), new Map());
    }
    const file = segmentFile(folder, segment);
    const bytes = await disk.readFile(file);
    const isNew = isUnfinished(file, segment, bytes);
    const end = isNew ? startOf(segment) : { segment, offset: endOfRecords(file, bytes) };
    if (comparePositions(end, checkpoint) < 0) {
      throw corrupt(file, end.offset, 'records that were handed on are gone from its end');
    }
    const lengths = new Map<number, number>();
    for (const each of segments) {
      if (each < segment && each >= checkpoint.segment) {
        lengths.set(each, (await disk.stat(segmentFile(folder, each))).size);
      }
    }
    const handle = isNew ? await createSegment(disk, folder, segment) : await disk.open(file, 'r+');
    const writer = new SegmentWriter(place, handle, end, lengths);
    try {
      // After a sync that failed the cache may show what the disk never got, and later syncs say nothing about it ("fsyncgate",
      // PostgreSQL wiki: Fsync Errors). What was read and found whole is written once more, so that the sync below counts.
      if (!isNew) await writeAll(handle, [bytes.subarray(0, end.offset)], 0);
      if (bytes.length > end.offset) await writer.#cutOff();
      // A process that was killed before its sync left its last records in the cache of the kernel only: nobody may build on
      // them before they are durable.
      else if (!isNew) await handle.datasync();
      // It may have been killed before the name of the segment was durable, too.
      if (!isNew) await disk.syncFolder(folder);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return writer;
  }

  /** Where the next record will begin; everything before it is durable. */
  get end(): Position {
    return this.#end;
  }

  /** Bytes written after a position that is not before the checkpoint. */
  bytesAfter(position: Position): number {
    if (position.segment === this.#end.segment) return this.#end.offset - position.offset;
    let bytes = this.#end.offset - position.offset;
    for (const [segment, length] of this.#lengths) if (segment >= position.segment) bytes += length;
    return bytes;
  }

  /** Nobody will ask about segments before this one any more. */
  forgetBefore(segment: number): void {
    for (const each of this.#lengths.keys()) if (each < segment) this.#lengths.delete(each);
  }

  /** Resolves when the bytes are on disk (fdatasync). A failed write leaves nothing behind. */
  async write(chunks: readonly Buffer[]): Promise<void> {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (this.#dirty) await this.#cutOff();
    if (this.#mustRotate || this.#isFullWith(bytes)) await this.#rotate();
    this.#dirty = true;
    try {
      await writeAll(this.#handle, chunks, this.#end.offset);
      await this.#handle.datasync();
    } catch (error) {
      // Best now, else before the next write: a record that failed must not stand in the journal.
      await this.#cutOff().catch(() => undefined);
      throw error;
    }
    this.#dirty = false;
    this.#end = { segment: this.#end.segment, offset: this.#end.offset + bytes };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #isFullWith(more: number): boolean {
    const isEmpty = comparePositions(this.#end, startOf(this.#end.segment)) === 0;
    return !isEmpty && this.#end.offset + more > this.#place.maxSegmentBytes;
  }

  async #rotate(): Promise<void> {
    this.#mustRotate = true;
    const next = this.#end.segment + 1;
    const handle = await createSegment(this.#place.disk, this.#place.folder, next);
    await this.#handle.close().catch(() => undefined);
    this.#handle = handle;
    this.#lengths.set(this.#end.segment, this.#end.offset);
    this.#end = startOf(next);
    this.#mustRotate = false;
  }

  async #cutOff(): Promise<void> {
    await this.#handle.truncate(this.#end.offset);
    await this.#handle.datasync();
    this.#dirty = false;
  }
}
