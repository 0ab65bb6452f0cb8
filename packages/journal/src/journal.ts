import { ContinuumError } from '@continuum/contract/errors';
import type { Journal } from '@continuum/contract/ports/journal';
import { Checkpoint, readCheckpoint } from './checkpoint.ts';
import type { Disk } from './disk.ts';
import { FreeSpace } from './free-space.ts';
import { GroupCommit } from './group-commit.ts';
import { nodeDisk } from './node-disk.ts';
import type { Position } from './position.ts';
import { corrupt, listSegments, segmentFile, startOf } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';
import { SegmentedJournal } from './segmented-journal.ts';

const HOUR_MS = 3_600_000;
/** Sources redeliver for up to three days, so what is younger must still be there to be compared with. */
const MIN_RETENTION_MS = 72 * HOUR_MS;
const MAX_BATCH_BYTES = 8 << 20;

export interface JournalOptions {
  /** Created when absent; belongs to one process at a time. */
  readonly folder: string;
  /** A new segment begins before this many bytes. Default 16 MiB. */
  readonly maxSegmentBytes?: number;
  /** Segments handed on and not written for this long are removed. Default 7 days, at least 72 h. */
  readonly retentionMs?: number;
  /** Bytes waiting for the disk before `append` throws OVERLOADED. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** Bytes the disk has to have left, else `append` throws OVERLOADED. Default 0: nobody looks. */
  readonly diskReserveBytes?: number;
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
  const { folder, disk = nodeDisk, now = () => new Date() } = options;
  const maxSegmentBytes = options.maxSegmentBytes ?? 16 << 20;
  await disk.mkdir(folder);
  const unlock = await disk.lockFolder(folder, 'journal');
  try {
    const checkpoint = await openCheckpoint(disk, folder);
    const writer = await SegmentWriter.open({ disk, folder, maxSegmentBytes }, checkpoint.position);
    const commit = new GroupCommit((chunks) => writer.write(chunks), {
      maxQueuedBytes: options.maxQueuedBytes ?? 64 << 20,
      maxBatchBytes: Math.min(MAX_BATCH_BYTES, maxSegmentBytes),
    });
    const space = new FreeSpace(disk, folder, options.diskReserveBytes ?? 0, now);
    const place = { disk, folder, retentionMs, now, unlock };
    return new SegmentedJournal({ ...place, ...{ writer, commit, checkpoint, space } });
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** The checkpoint of a folder: the start of its oldest segment when there is none. Throws JOURNAL_CORRUPT. */
async function openCheckpoint(disk: Disk, folder: string): Promise<Checkpoint> {
  const saved: Position | undefined = await readCheckpoint(disk, folder);
  const segments = await listSegments(disk, folder);
  const first = segments[0] ?? 1;
  if (saved !== undefined && (saved.segment < first || segments.length === 0)) {
    throw corrupt(segmentFile(folder, saved.segment), saved.offset, 'the file is missing');
  }
  return new Checkpoint(disk, folder, saved ?? startOf(first));
}
