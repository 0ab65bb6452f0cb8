import type { Journal, NewJournalRecord } from '@continuum/contract/ports/journal';
import { RecentIds } from './recent-ids.ts';
import { toAppendError } from './refusals.ts';

/** Ids remembered in memory, at least; the unique id of an event in the store decides about older ones. */
const REMEMBERED = 50_000;

/** Deliveries waiting for the disk together that count as many. */
const MANY = 8;
/** How long that counts, in ms: after each write to disk nobody waits for an instant. */
const BUSY_MS = 200;

/** Writes each delivery to the journal once, also when it comes again while the first is still being written. */
export class Acceptance {
  readonly #journal: Pick<Journal, 'append'>;
  readonly #recent = new RecentIds(REMEMBERED);
  readonly #appending = new Map<string, Promise<void>>();
  #queuedBytes = 0;
  #busyAt = Number.NEGATIVE_INFINITY;

  constructor(journal: Pick<Journal, 'append'>) {
    this.#journal = journal;
  }

  /** Did many deliveries wait for the disk together a moment ago? */
  get isBusy(): boolean {
    return performance.now() - this.#busyAt < BUSY_MS;
  }

  /** Bytes of deliveries that wait for the disk. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** A delivery that is durable since before this start. */
  remember(id: string): void {
    this.#recent.add(id);
  }

  /** Resolves when the record is durable: true when it is new, false when this delivery was there. Throws what `append` throws. */
  async take(record: NewJournalRecord): Promise<boolean> {
    const { id } = record;
    if (this.#recent.has(id)) return false;
    const first = this.#appending.get(id);
    if (first !== undefined) {
      await first;
      return false;
    }
    const bytes = record.body.length;
    this.#queuedBytes += bytes;
    const append = this.#append(record);
    this.#appending.set(id, append);
    if (this.#appending.size >= MANY) this.#busyAt = performance.now();
    try {
      await append;
      this.#recent.add(id);
      return true;
    } finally {
      this.#queuedBytes -= bytes;
      this.#appending.delete(id);
    }
  }

  async #append(record: NewJournalRecord): Promise<void> {
    try {
      await this.#journal.append(record);
    } catch (thrown) {
      throw toAppendError(thrown);
    }
  }
}
