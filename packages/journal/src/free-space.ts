import { ContinuumError } from '@continuum/contract/errors';
import type { Disk } from './disk.ts';

/** How long an answer of the file system counts, in ms. */
const FRESH_MS = 1000;

/** Refuses while the disk has less left than a reserve; asks the file system once a second at most. */
export class FreeSpace {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #reserveBytes: number;
  readonly #now: () => Date;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  #isShort = false;

  constructor(disk: Disk, folder: string, reserveBytes: number, now: () => Date) {
    this.#disk = disk;
    this.#folder = folder;
    this.#reserveBytes = reserveBytes;
    this.#now = now;
  }

  /** Throws OVERLOADED. Undefined when the last answer is fresh, so that nobody waits for nothing. */
  check(): Promise<void> | undefined {
    if (this.#reserveBytes <= 0) return undefined;
    const now = this.#now().getTime();
    const isFresh = now - this.#askedAt < FRESH_MS && now >= this.#askedAt;
    if (isFresh && this.#asking === undefined) {
      this.#assert();
      return undefined;
    }
    if (!isFresh) {
      this.#askedAt = now;
      this.#asking ??= this.#ask();
    }
    return this.#asking?.then(() => this.#assert());
  }

  async #ask(): Promise<void> {
    // A file system that does not say how much is left is no reason to turn anybody away.
    const free = await this.#disk.freeBytes(this.#folder).catch(() => Number.POSITIVE_INFINITY);
    this.#isShort = free < this.#reserveBytes;
    this.#asking = undefined;
  }

  #assert(): void {
    if (!this.#isShort) return;
    throw new ContinuumError('OVERLOADED', 'The disk of the journal is nearly full.', {
      next: 'Free space on the disk of CONTINUUM_HOME, or lower DISK_RESERVE_MB.',
      retryable: true,
      retryAfterMs: 30_000,
    });
  }
}
