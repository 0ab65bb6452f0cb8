import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ContinuumError } from '@continuum/contract/errors';
import { type Disk, isMissing } from './disk.ts';
import { comparePositions, formatPosition, type Position, parsePosition } from './position.ts';
import { writeAll } from './segment.ts';

const FILE_NAME = 'checkpoint';

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

function parse(file: string, content: string): Position {
  const match = /^(\d+:\d+) ([0-9a-f]{8})\n$/.exec(content);
  if (match?.[1] === undefined || checksum(match[1]) !== match[2]) {
    throw new ContinuumError('JOURNAL_CORRUPT', `The checkpoint ${file} is damaged.`, {
      next: 'Remove that file: everything kept is then handed on again, and deliveries already done are recognised.',
    });
  }
  return parsePosition(match[1]);
}

/** The durable checkpoint of a folder, undefined when there is none. Throws JOURNAL_CORRUPT. */
export async function readCheckpoint(disk: Disk, folder: string): Promise<Position | undefined> {
  const file = join(folder, FILE_NAME);
  try {
    return parse(file, (await disk.readFile(file)).toString('latin1'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Replaces the checkpoint so that a crash leaves the old one or the new one: temporary file, fsync, rename, fsync of the folder. */
export async function writeCheckpoint(disk: Disk, folder: string, position: Position): Promise<void> {
  const file = join(folder, FILE_NAME);
  const text = formatPosition(position);
  const handle = await disk.open(`${file}.tmp`, 'w');
  try {
    await writeAll(handle, [Buffer.from(`${text} ${checksum(text)}\n`)], 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await disk.rename(`${file}.tmp`, file);
  await disk.syncFolder(folder);
}

/** How far the journal has been handed on: only moves forward, callers at the same time share one write. */
export class Checkpoint {
  readonly #disk: Disk;
  readonly #folder: string;
  #saved: Position;
  #target: Position;
  #writing: Promise<void> = Promise.resolve();

  constructor(disk: Disk, folder: string, saved: Position) {
    this.#disk = disk;
    this.#folder = folder;
    this.#saved = saved;
    this.#target = saved;
  }

  get position(): Position {
    return this.#saved;
  }

  /** Resolves when this position, or a later one, is durable. */
  advance(position: Position): Promise<void> {
    if (comparePositions(position, this.#target) > 0) this.#target = position;
    const write = this.#writing.then(() => this.#save(position));
    this.#writing = write.catch(() => undefined);
    return write;
  }

  async #save(wanted: Position): Promise<void> {
    if (comparePositions(wanted, this.#saved) <= 0) return;
    const target = this.#target;
    await writeCheckpoint(this.#disk, this.#folder, target);
    this.#saved = target;
  }
}
