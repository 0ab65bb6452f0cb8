import { isUtf8 } from 'node:buffer';
import { ContinuumError } from '@continuum/contract/errors';
import type { Journal, JournalEntry, JournalRecord, NewJournalRecord } from '@continuum/contract/ports/journal';
import type { Checkpoint } from './checkpoint.ts';
import { copyJournal } from './copy.ts';
import type { Disk } from './disk.ts';
import { encodeRecord } from './frame.ts';
import type { FreeSpace } from './free-space.ts';
import type { GroupCommit } from './group-commit.ts';
import { comparePositions, type Position, parsePosition } from './position.ts';
import { SegmentReader } from './reader.ts';
import { removeExpired } from './retention.ts';
import { listSegments, startOf } from './segment.ts';
import type { SegmentWriter } from './segment-writer.ts';

/** Records are stamped before they wait for the disk, so neighbours may stand in the other order: by less than this, in ms. */
const DISORDER_MS = 60_000;

/** What an open journal is made of; `openJournal` puts it together. */
export interface JournalParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly writer: SegmentWriter;
  readonly commit: GroupCommit;
  readonly checkpoint: Checkpoint;
  readonly space: FreeSpace;
  readonly retentionMs: number;
  readonly now: () => Date;
  readonly unlock: () => Promise<void>;
}

/** The journal of a folder in numbered segments. */
export class SegmentedJournal implements Journal {
  readonly #parts: JournalParts;
  readonly #reader: SegmentReader;
  #closed: Promise<void> | undefined;

  constructor(parts: JournalParts) {
    this.#parts = parts;
    const { disk, folder, checkpoint } = parts;
    this.#reader = new SegmentReader({ disk, folder, mayBeGone: (segment) => segment < checkpoint.position.segment });
  }

  async append(record: NewJournalRecord): Promise<void> {
    this.#assertOpen();
    assertText(record);
    // Nothing is awaited while the last look at the disk is fresh: appends of one tick travel together.
    const checking = this.#parts.space.check();
    if (checking !== undefined) {
      await checking;
      this.#assertOpen();
    }
    await this.#parts.commit.add(encodeRecord(record));
  }

  async *pending(after?: string): AsyncGenerator<JournalEntry> {
    yield* this.#reader.entries(this.#pendingFrom(after), this.#parts.writer.end);
  }

  pendingBytes(after?: string): number {
    return this.#parts.writer.bytesAfter(this.#pendingFrom(after));
  }

  async *all(): AsyncGenerator<JournalEntry> {
    const [first] = await this.#segments();
    if (first !== undefined) yield* this.#reader.entries(startOf(first), this.#parts.writer.end);
  }

  async *since(at: string): AsyncGenerator<JournalEntry> {
    const moment = new Date(at);
    const from = await this.#segmentBefore(moment.getTime() - DISORDER_MS);
    if (from === undefined) return;
    for await (const entry of this.#reader.entries(startOf(from), this.#parts.writer.end)) {
      if (new Date(entry.record.at) >= moment) yield entry;
    }
  }

  async find(id: string): Promise<JournalRecord | undefined> {
    const { end } = this.#parts.writer;
    for (const segment of (await this.#segments()).toReversed()) {
      let found: JournalRecord | undefined;
      const to = { segment, offset: await this.#reader.length(segment, end) };
      for await (const { record } of this.#reader.entries(startOf(segment), to)) if (record.id === id) found = record;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async checkpoint(position: string): Promise<void> {
    this.#assertOpen();
    const { checkpoint, writer, disk, folder, retentionMs, now } = this.#parts;
    const before = checkpoint.position.segment;
    await checkpoint.advance(this.#known(position));
    const { segment } = checkpoint.position;
    // The position is durable already; what cannot be removed now is tried again at the next segment.
    if (segment > before) {
      writer.forgetBefore(segment);
      await removeExpired(disk, folder, segment, now().getTime() - retentionMs).catch(() => undefined);
    }
  }

  async copyTo(folder: string): Promise<void> {
    this.#assertOpen();
    const { disk, folder: from, checkpoint, writer } = this.#parts;
    await copyJournal({ disk, from, to: folder, checkpoint: checkpoint.position, end: writer.end });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { commit, checkpoint, writer, unlock } = this.#parts;
    await commit.drain();
    await checkpoint.advance(checkpoint.position);
    await writer.close();
    await unlock();
  }

  #assertOpen(): void {
    if (this.#closed === undefined) return;
    throw new ContinuumError('ABORTED', 'The journal is closed.', {
      next: 'Send this again once the process is back.',
    });
  }

  /** A position of this journal. Throws INVALID_INPUT. */
  #known(position: string): Position {
    const parsed = parsePosition(position);
    if (comparePositions(parsed, this.#parts.writer.end) <= 0) return parsed;
    throw new ContinuumError('INVALID_INPUT', `The journal ends before ${position}.`, {
      next: 'Pass the position of an entry that this journal handed out.',
    });
  }

  #pendingFrom(after: string | undefined): Position {
    const { position } = this.#parts.checkpoint;
    const asked = after === undefined ? position : this.#known(after);
    return comparePositions(asked, position) > 0 ? asked : position;
  }

  /** Without the one that is being created: nothing in it counts yet. */
  async #segments(): Promise<number[]> {
    const segments = await listSegments(this.#parts.disk, this.#parts.folder);
    return segments.filter((segment) => segment <= this.#parts.writer.end.segment);
  }

  /** The newest segment that begins with a record of before `time` (ms since 1970), else the oldest segment. */
  async #segmentBefore(time: number): Promise<number | undefined> {
    const segments = await this.#segments();
    for (const segment of segments.toReversed()) {
      const first = await this.#reader.first(segment, this.#parts.writer.end);
      if (first !== undefined && new Date(first.record.at).getTime() < time) return segment;
    }
    return segments[0];
  }
}

function assertText({ id, body }: NewJournalRecord): void {
  if (typeof body === 'string' ? body.isWellFormed() : isUtf8(body)) return;
  throw new ContinuumError('INVALID_INPUT', `The body of ${id} is not valid Unicode.`, {
    next: 'Decode the delivery as UTF-8 before it is journaled.',
  });
}
