import { ContinuumError } from '@continuum/contract/errors';
import { writeCheckpoint } from './checkpoint.ts';
import { type Disk, type DiskFile, isMissing } from './disk.ts';
import type { Position } from './position.ts';
import { listSegments, segmentFile, writeAll } from './segment.ts';

const CHUNK_BYTES = 1 << 20;

export interface Copied {
  readonly disk: Disk;
  readonly from: string;
  /** Created; must hold no journal. */
  readonly to: string;
  readonly checkpoint: Position;
  /** Where the last durable record ends. */
  readonly end: Position;
}

/** Copies the segments up to `end`, then the checkpoint, all durable: until the checkpoint stands the copy is no whole one. Throws CONFLICT. */
export async function copyJournal({ disk, from, to, checkpoint, end }: Copied): Promise<void> {
  await disk.mkdir(to);
  if ((await listSegments(disk, to)).length > 0) {
    throw new ContinuumError('CONFLICT', `${to} holds a journal already.`, { next: 'Name a new folder.' });
  }
  // Newest first: what goes out of retention meanwhile is the oldest, and so leaves no gap.
  const segments = (await listSegments(disk, from)).filter((segment) => segment <= end.segment);
  for (const segment of segments.toReversed()) {
    const limit = segment === end.segment ? end.offset : undefined;
    const isThere = await copyFile(disk, segmentFile(from, segment), segmentFile(to, segment), limit);
    if (!isThere) break;
  }
  await writeCheckpoint(disk, to, checkpoint);
}

/** False when there is no such file. */
async function copyFile(disk: Disk, from: string, to: string, limit = Number.POSITIVE_INFINITY): Promise<boolean> {
  const source = await disk.open(from, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (source === undefined) return false;
  try {
    const target = await disk.open(to, 'w');
    try {
      await copyBytes(source, target, limit);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  return true;
}

async function copyBytes(source: DiskFile, target: DiskFile, limit: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let offset = 0;
  while (offset < limit) {
    const read = await source.read(chunk.subarray(0, Math.min(CHUNK_BYTES, limit - offset)), offset);
    if (read === 0) return;
    await writeAll(target, [chunk.subarray(0, read)], offset);
    offset += read;
  }
}
