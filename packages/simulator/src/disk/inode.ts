import type { Random } from '../random.ts';

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly length: number };

/** What a medium writes as one. */
const SECTOR_BYTES = 512;

function applied(content: Buffer, change: Change): Buffer {
  if (change.kind === 'truncate') {
    // A copy, never a view: what a reader sees and what lies on the medium share no memory.
    const next = Buffer.alloc(change.length);
    content.copy(next);
    return next;
  }
  const next = Buffer.alloc(Math.max(content.length, change.position + change.bytes.length));
  content.copy(next);
  change.bytes.copy(next, change.position);
  return next;
}

function covers(change: Change, byte: number): boolean {
  if (change.kind === 'truncate') return change.length <= byte;
  return change.position <= byte && byte < change.position + change.bytes.length;
}

function flipIn(content: Buffer, byte: number, bit: number): void {
  const value = content[byte];
  if (value !== undefined) content[byte] = value ^ (1 << bit);
}

/** A bit that flipped, and where it still is. */
interface Flip {
  readonly byte: number;
  readonly bit: number;
  inCache: boolean;
  onMedium: boolean;
}

/** The content of one file: as a reader sees it, and as it would be after a power cut. */
export class Inode {
  mtimeMs: number;
  #cached: Buffer = Buffer.alloc(0);
  #durable: Buffer = Buffer.alloc(0);
  /** Written and not synced, oldest first. */
  #dirty: Change[] = [];
  #flip: Flip | undefined;

  constructor(mtimeMs: number) {
    this.mtimeMs = mtimeMs;
  }

  /** What a reader sees. */
  get content(): Buffer {
    return this.#cached;
  }

  get isSynced(): boolean {
    return this.#dirty.length === 0;
  }

  write(bytes: Buffer, position: number): void {
    this.#change({ kind: 'write', position, bytes });
  }

  truncate(length: number): void {
    this.#change({ kind: 'truncate', length });
  }

  sync(): void {
    for (const change of this.#dirty.splice(0)) this.#settle(change);
  }

  /**
   * A sync that failed: some of it may be on the medium, and what is not counts as clean from now on. A later sync that
   * succeeds says nothing about it ("fsyncgate", PostgreSQL wiki: Fsync Errors).
   */
  failSync(random: Random): void {
    for (const change of this.#dirty.splice(0)) {
      if (random.chance(0.5)) this.#settle(change);
    }
  }

  /** The power goes: each write that was not synced is there wholly, partly or not at all. Returns how many were torn. */
  losePower(random: Random): number {
    let torn = 0;
    for (const change of this.#dirty.splice(0)) {
      for (const part of survivors(change, this.#durable.length, random)) {
        if (part !== change) torn += 1;
        this.#settle(part);
      }
    }
    this.#cached = Buffer.from(this.#durable);
    if (this.#flip !== undefined) this.#flip.inCache = this.#flip.onMedium;
    return torn;
  }

  /** Turns one bit of a file that is synced. */
  flip(byte: number, bit: number): void {
    flipIn(this.#durable, byte, bit);
    flipIn(this.#cached, byte, bit);
    this.#flip = { byte, bit, inCache: true, onMedium: true };
  }

  /** Turns it back, unless it was written over. */
  unflip(): void {
    if (this.#flip?.onMedium === true) flipIn(this.#durable, this.#flip.byte, this.#flip.bit);
    if (this.#flip?.inCache === true) flipIn(this.#cached, this.#flip.byte, this.#flip.bit);
    this.#flip = undefined;
  }

  #settle(change: Change): void {
    this.#durable = applied(this.#durable, change);
    if (this.#flip !== undefined && covers(change, this.#flip.byte)) this.#flip.onMedium = false;
  }

  #change(change: Change): void {
    this.#dirty.push(change);
    if (this.#flip !== undefined && covers(change, this.#flip.byte)) this.#flip.inCache = false;
    this.#cached = applied(this.#cached, change);
  }
}

/** What the medium has of a change after a power cut, when it had `length` bytes of the file before. */
function survivors(change: Change, length: number, random: Random): Change[] {
  const fate = random.below(6);
  if (fate <= 1) return [];
  if (fate === 2 || change.kind === 'truncate') return [change];
  const { position, bytes } = change;
  if (fate === 3) return [{ kind: 'write', position, bytes: bytes.subarray(0, random.below(bytes.length + 1)) }];
  // The length of the file is metadata and may be there before the data; what was there before stays as it was.
  if (fate === 4) {
    const from = Math.max(position, length);
    return [{ kind: 'write', position: from, bytes: Buffer.alloc(Math.max(0, position + bytes.length - from)) }];
  }
  return sectors(position, bytes).filter(() => random.chance(0.5));
}

/** A write cut at the borders of sectors. */
function sectors(position: number, bytes: Buffer): Change[] {
  const parts: Change[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + SECTOR_BYTES - ((position + from) % SECTOR_BYTES));
    parts.push({ kind: 'write', position: position + from, bytes: bytes.subarray(from, to) });
    from = to;
  }
  return parts;
}
