/**
 * Recent ids: the newest `capacity` for sure, and at most twice as many. A quick first answer before the store's unique key
 * gives the final one.
 */
export class RecentIds {
  readonly #capacity: number;
  // Two halves, the older of which is let go of as a whole: a Set that loses its oldest one by one is searched through its
  // gaps for the next oldest, which costs more and more (100 us each at 100,000 ids).
  #newer = new Set<string>();
  #older: ReadonlySet<string> = new Set();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(id: string): boolean {
    return this.#newer.has(id) || this.#older.has(id);
  }

  add(id: string): void {
    if (this.#newer.size >= this.#capacity) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(id);
  }
}
