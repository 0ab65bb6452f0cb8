import type { Disk, DiskFile } from './disk.ts';
import { comparePositions, type Position } from './position.ts';
import {
  corrupt,
  createSegment,
  endOfRecords,
  hasHead,
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

  private constructor(place: SegmentFolder, handle: DiskFile, end: Position) {
    this.#place = place;
    this.#handle = handle;
    this.#end = end;
  }

  /** Opens the last segment and cuts off what a crash left unfinished. Throws JOURNAL_CORRUPT. */
  static async open(place: SegmentFolder, checkpoint: Position | undefined): Promise<SegmentWriter> {
    const { disk, folder } = place;
    const segment = (await listSegments(disk, folder)).at(-1);
    if (segment === undefined) {
      const handle = await createSegment(disk, folder, 1);
      return new SegmentWriter(place, handle, startOf(1));
    }
    const file = segmentFile(folder, segment);
    const bytes = await disk.readFile(file);
    const isNew = !hasHead(file, segment, bytes);
    const end = isNew ? startOf(segment) : { segment, offset: endOfRecords(file, bytes) };
    if (checkpoint !== undefined && comparePositions(end, checkpoint) < 0) {
      throw corrupt(file, end.offset, 'records that were handed on are gone from its end');
    }
    const handle = isNew ? await createSegment(disk, folder, segment) : await disk.open(file, 'r+');
    const writer = new SegmentWriter(place, handle, end);
    if (!isNew && bytes.length > end.offset) await writer.#cutOff();
    return writer;
  }

  /** Where the next record will begin; everything before it is durable. */
  get end(): Position {
    return this.#end;
  }

  /** Resolves when the bytes are on disk (fdatasync). A failed write leaves nothing behind. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#dirty) await this.#cutOff();
    if (this.#mustRotate || this.#isFullWith(bytes.length)) await this.#rotate();
    this.#dirty = true;
    try {
      await writeAll(this.#handle, [bytes], this.#end.offset);
      await this.#handle.datasync();
    } catch (error) {
      // Best now, else before the next write: a record that failed must not stand in the journal.
      await this.#cutOff().catch(() => undefined);
      throw error;
    }
    this.#dirty = false;
    this.#end = { segment: this.#end.segment, offset: this.#end.offset + bytes.length };
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
    this.#end = startOf(next);
    this.#mustRotate = false;
  }

  async #cutOff(): Promise<void> {
    await this.#handle.truncate(this.#end.offset);
    await this.#handle.datasync();
    this.#dirty = false;
  }
}
