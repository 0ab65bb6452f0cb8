import { ContinuumError } from '@continuum/contract/errors';
import type { Journal, JournalEntry, JournalRecord } from '@continuum/contract/ports/journal';
import { Checkpoint, readCheckpoint } from './checkpoint.ts';
import { type Disk, isMissing } from './disk.ts';
import { encodeRecord, readRecord } from './frame.ts';
import { GroupCommit } from './group-commit.ts';
import { nodeDisk } from './node-disk.ts';
import { comparePositions, formatPosition, type Position, parsePosition } from './position.ts';
import { corrupt, hasHead, listSegments, previousLength, SEGMENT_HEAD_BYTES, segmentFile, startOf } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';

const HOUR_MS = 3_600_000;
/** Sources redeliver for up to three days, so what is younger must still be there to be compared with. */
const MIN_RETENTION_MS = 72 * HOUR_MS;
const MAX_BATCH_BYTES = 4 << 20;

export interface JournalOptions {
  /** Created when absent; belongs to one process at a time. */
  readonly folder: string;
  /** A new segment begins before this many bytes. Default 16 MiB. */
  readonly maxSegmentBytes?: number;
  /** Segments handed on and not written for this long are removed. Default 7 days, at least 72 h. */
  readonly retentionMs?: number;
  /** Bytes waiting for the disk before `append` throws OVERLOADED. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
  readonly now?: () => Date;
  /** Default the file system of this machine. */
  readonly disk?: Disk;
}

/**
 * Opens or creates the journal of a folder; a record that a crash left unfinished at the very end is cut off.
 * Throws JOURNAL_CORRUPT, STORE_LOCKED, CONFIG_INVALID.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const retentionMs = options.retentionMs ?? 168 * HOUR_MS;
  if (!(retentionMs >= MIN_RETENTION_MS)) {
    throw new ContinuumError('CONFIG_INVALID', 'The journal keeps records for at least 72 hours.', {
      next: `Set its retention to ${MIN_RETENTION_MS} ms or more.`,
    });
  }
  const { folder, disk = nodeDisk } = options;
  const maxSegmentBytes = options.maxSegmentBytes ?? 16 << 20;
  await disk.mkdir(folder);
  const unlock = await disk.lockFolder(folder, 'journal');
  try {
    const saved = await readCheckpoint(disk, folder);
    const writer = await SegmentWriter.open({ disk, folder, maxSegmentBytes }, saved);
    const first = (await listSegments(disk, folder))[0] ?? 1;
    if (saved !== undefined && saved.segment < first) {
      throw corrupt(segmentFile(folder, saved.segment), saved.offset, 'the file is missing');
    }
    const commit = new GroupCommit((bytes) => writer.write(bytes), {
      maxQueuedBytes: options.maxQueuedBytes ?? 64 << 20,
      maxBatchBytes: Math.min(MAX_BATCH_BYTES, maxSegmentBytes),
    });
    const checkpoint = new Checkpoint(disk, folder, saved ?? startOf(first));
    const expiry = { retentionMs, now: options.now ?? (() => new Date()) };
    return new SegmentedJournal(disk, folder, writer, commit, checkpoint, expiry, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

interface Expiry {
  readonly retentionMs: number;
  readonly now: () => Date;
}

class SegmentedJournal implements Journal {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #writer: SegmentWriter;
  readonly #commit: GroupCommit;
  readonly #checkpoint: Checkpoint;
  readonly #expiry: Expiry;
  readonly #unlock: () => Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(
    disk: Disk,
    folder: string,
    writer: SegmentWriter,
    commit: GroupCommit,
    checkpoint: Checkpoint,
    expiry: Expiry,
    unlock: () => Promise<void>,
  ) {
    this.#disk = disk;
    this.#folder = folder;
    this.#writer = writer;
    this.#commit = commit;
    this.#checkpoint = checkpoint;
    this.#expiry = expiry;
    this.#unlock = unlock;
  }

  async append(record: JournalRecord): Promise<void> {
    this.#assertOpen();
    if (!record.body.isWellFormed()) {
      throw new ContinuumError('INVALID_INPUT', `The body of ${record.id} is not valid Unicode.`, {
        next: 'Decode the delivery as UTF-8 before it is journaled.',
      });
    }
    await this.#commit.add(encodeRecord(record));
  }

  pending(): AsyncIterable<JournalEntry> {
    return this.#entries(this.#checkpoint.position);
  }

  async *all(): AsyncGenerator<JournalEntry> {
    const [first] = await listSegments(this.#disk, this.#folder);
    if (first !== undefined) yield* this.#entries(startOf(first));
  }

  async checkpoint(position: string): Promise<void> {
    this.#assertOpen();
    const wanted = parsePosition(position);
    if (comparePositions(wanted, this.#writer.end) > 0) {
      throw new ContinuumError('INVALID_INPUT', `The journal ends before ${position}.`, {
        next: 'Pass the position of an entry that this journal handed out.',
      });
    }
    const before = this.#checkpoint.position.segment;
    await this.#checkpoint.advance(wanted);
    // The position is durable already; what cannot be removed now is tried again at the next segment.
    if (this.#checkpoint.position.segment > before) await this.#removeExpired().catch(() => undefined);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#commit.drain();
    await this.#checkpoint.advance(this.#checkpoint.position);
    await this.#writer.close();
    await this.#unlock();
  }

  #assertOpen(): void {
    if (this.#closed === undefined) return;
    throw new ContinuumError('ABORTED', 'The journal is closed.', {
      next: 'Send this again once the process is back.',
    });
  }

  /** From a position to what is durable now. */
  async *#entries(from: Position): AsyncGenerator<JournalEntry> {
    const end = this.#writer.end;
    let bytes = await this.#readSegment(from.segment);
    for (let segment = from.segment; segment <= end.segment; segment += 1) {
      const next = segment < end.segment ? await this.#readSegment(segment + 1) : undefined;
      const start = segment === from.segment ? from.offset : SEGMENT_HEAD_BYTES;
      const limit = next === undefined ? end.offset : previousLength(next);
      if (bytes !== undefined) yield* this.#segmentEntries(segment, bytes.subarray(0, limit), start, limit);
      bytes = next;
    }
  }

  *#segmentEntries(segment: number, bytes: Buffer, start: number, limit: number): Generator<JournalEntry> {
    const file = segmentFile(this.#folder, segment);
    let offset = start;
    while (offset < limit) {
      const read = readRecord(bytes, offset);
      if (read.kind !== 'record') throw corrupt(file, offset, read.kind === 'torn' ? 'bytes are missing' : read.why);
      offset = read.end;
      yield { position: formatPosition({ segment, offset }), record: read.record };
    }
  }

  /** Undefined when the segment went out of retention meanwhile. */
  async #readSegment(segment: number): Promise<Buffer | undefined> {
    const file = segmentFile(this.#folder, segment);
    try {
      const bytes = await this.#disk.readFile(file);
      if (!hasHead(file, segment, bytes)) throw corrupt(file, 0, 'the head of the segment is missing');
      return bytes;
    } catch (error) {
      if (isMissing(error) && segment < this.#checkpoint.position.segment) return undefined;
      throw isMissing(error) ? corrupt(file, 0, 'the file is missing') : error;
    }
  }

  /** Oldest first, so that what is left never has a gap. */
  async #removeExpired(): Promise<void> {
    const limit = this.#expiry.now().getTime() - this.#expiry.retentionMs;
    for (const segment of await listSegments(this.#disk, this.#folder)) {
      const file = segmentFile(this.#folder, segment);
      if (segment >= this.#checkpoint.position.segment || (await this.#disk.stat(file)).mtimeMs > limit) return;
      await this.#disk.rm(file);
      await this.#disk.syncFolder(this.#folder);
    }
  }
}
