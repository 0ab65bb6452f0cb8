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

/** The content of one file: as a reader sees it, and as it would be after a power cut. */
export class Inode {
  mtimeMs: number;
  #cached: Buffer = Buffer.alloc(0);
  #durable: Buffer = Buffer.alloc(0);
  /** Written and not synced, oldest first. */
  #dirty: Change[] = [];

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
    this.#durable = this.#dirty.reduce(applied, this.#durable);
    this.#dirty = [];
  }

  /**
   * A sync that failed: some of it may be on the medium, and what is not counts as clean from now on. A later sync that
   * succeeds says nothing about it ("fsyncgate", PostgreSQL wiki: Fsync Errors).
   */
  failSync(random: Random): void {
    for (const change of this.#dirty.splice(0)) {
      if (random.chance(0.5)) this.#durable = applied(this.#durable, change);
    }
  }

  /** The power goes: each write that was not synced is there wholly, partly or not at all. Returns how many were torn. */
  losePower(random: Random): number {
    let torn = 0;
    for (const change of this.#dirty.splice(0)) {
      for (const part of survivors(change, random)) {
        if (part !== change) torn += 1;
        this.#durable = applied(this.#durable, part);
      }
    }
    this.#cached = Buffer.from(this.#durable);
    return torn;
  }

  /** Turns one bit of what lies on the medium; turning it twice puts it back. */
  flip(byte: number, bit: number): void {
    for (const content of [this.#durable, this.#cached]) {
      const value = content[byte];
      if (value !== undefined) content[byte] = value ^ (1 << bit);
    }
  }

  #change(change: Change): void {
    this.#dirty.push(change);
    this.#cached = applied(this.#cached, change);
  }
}

function survivors(change: Change, random: Random): Change[] {
  const fate = random.below(6);
  if (fate <= 1) return [];
  if (fate === 2 || change.kind === 'truncate') return [change];
  const { position, bytes } = change;
  if (fate === 3) return [{ kind: 'write', position, bytes: bytes.subarray(0, random.below(bytes.length + 1)) }];
  // The length of the file is metadata and may be there before the data.
  if (fate === 4) return [{ kind: 'write', position, bytes: Buffer.alloc(bytes.length) }];
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
