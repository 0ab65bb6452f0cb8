import type { JournalEntry } from '@continuum/contract/ports/journal';
import { type Disk, type DiskFile, isMissing } from './disk.ts';
import { FRAME_BYTES, readRecord, recordLength } from './frame.ts';
import { formatPosition, type Position } from './position.ts';
import { corrupt, hasHead, previousLength, SEGMENT_HEAD_BYTES, segmentFile } from './segment.ts';
import { Window } from './window.ts';

export interface ReaderOptions {
  readonly disk: Disk;
  readonly folder: string;
  /** Is it in order that this segment is gone? */
  readonly mayBeGone: (segment: number) => boolean;
}

/** Reads records of a folder in order, a window of a segment at a time; everything served was checked. */
export class SegmentReader {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** Records between two positions, the second of which has to be durable. Throws JOURNAL_CORRUPT. */
  async *entries(from: Position, to: Position): AsyncGenerator<JournalEntry> {
    for (let segment = from.segment; segment <= to.segment; segment += 1) {
      const start = segment === from.segment ? from.offset : SEGMENT_HEAD_BYTES;
      yield* this.#segmentEntries(segment, start, to);
    }
  }

  /** The first record of a segment, undefined when there is none or the segment is gone. Throws JOURNAL_CORRUPT. */
  async first(segment: number, to: Position): Promise<JournalEntry | undefined> {
    for await (const entry of this.#segmentEntries(segment, SEGMENT_HEAD_BYTES, to)) return entry;
    return undefined;
  }

  /** Bytes of a segment that count: to its end, as the next one has it, or to the end of the journal. */
  async length(segment: number, to: Position): Promise<number> {
    if (segment === to.segment) return to.offset;
    const next = await this.#open(segment + 1);
    if (next === undefined) return 0;
    try {
      return previousLength(await this.#head(next, segment + 1));
    } finally {
      await next.close();
    }
  }

  async *#segmentEntries(segment: number, start: number, to: Position): AsyncGenerator<JournalEntry> {
    const file = await this.#open(segment);
    if (file === undefined) return;
    try {
      await this.#head(file, segment);
      const limit = await this.length(segment, to);
      yield* this.#records(new Window(file, limit), segment, start, limit);
    } finally {
      await file.close();
    }
  }

  async *#records(window: Window, segment: number, start: number, limit: number): AsyncGenerator<JournalEntry> {
    let offset = start;
    while (offset < limit) {
      const frame = await window.at(offset, FRAME_BYTES);
      const length = recordLength(frame);
      const read = readRecord(length === undefined ? frame : await window.at(offset, length), 0);
      if (read.kind !== 'record') {
        const why = read.kind === 'torn' ? 'bytes are missing' : read.why;
        throw corrupt(segmentFile(this.#options.folder, segment), offset, why);
      }
      offset += read.end;
      yield { position: formatPosition({ segment, offset }), record: read.record };
    }
  }

  async #head(file: DiskFile, segment: number): Promise<Buffer> {
    const head = await new Window(file, SEGMENT_HEAD_BYTES).at(0, SEGMENT_HEAD_BYTES);
    const name = segmentFile(this.#options.folder, segment);
    if (!hasHead(name, segment, head)) throw corrupt(name, 0, 'the head of the segment is missing');
    return head;
  }

  /** Undefined when the segment went out of retention meanwhile. */
  async #open(segment: number): Promise<DiskFile | undefined> {
    const file = segmentFile(this.#options.folder, segment);
    try {
      return await this.#options.disk.open(file, 'r');
    } catch (error) {
      if (!isMissing(error)) throw error;
      if (this.#options.mayBeGone(segment)) return undefined;
      throw corrupt(file, 0, 'the file is missing');
    }
  }
}
