const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const TAIL = 400;

/** What happened, in order: a hash over all of it, and the newest lines for a reader. */
export class Trace {
  readonly #keepAll: boolean;
  #lines: string[] = [];
  #high = FNV_OFFSET;
  #low = 0x9747b28c;
  #events = 0;

  constructor(keepAll: boolean) {
    this.#keepAll = keepAll;
  }

  /** Adds a line; the time is in ms of the virtual clock. */
  add(atMs: number, who: string, what: string): void {
    this.#events += 1;
    this.#mix(atMs * 1000);
    this.#mixText(who);
    this.#mixText(what);
    this.#lines.push(`${(atMs / 1000).toFixed(6).padStart(14)}s  ${who.padEnd(8)} ${what}`);
    if (!this.#keepAll && this.#lines.length > 2 * TAIL) this.#lines = this.#lines.slice(-TAIL);
  }

  get events(): number {
    return this.#events;
  }

  /** Two runs with the same hash did the same, event for event (FNV-1a, twice 32 bits). */
  get hash(): string {
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return hex(this.#high) + hex(this.#low);
  }

  /** The newest lines, oldest first. */
  tail(lines = TAIL): readonly string[] {
    return this.#keepAll ? this.#lines : this.#lines.slice(-lines);
  }

  #mix(value: number): void {
    const bits = Math.floor(value);
    this.#high = Math.imul(this.#high ^ (bits | 0), FNV_PRIME);
    this.#low = Math.imul(this.#low ^ (Math.floor(bits / 2 ** 32) | 0) ^ (this.#high >>> 7), FNV_PRIME);
  }

  #mixText(text: string): void {
    for (let index = 0; index < text.length; index += 1) {
      this.#high = Math.imul(this.#high ^ text.charCodeAt(index), FNV_PRIME);
      this.#low = Math.imul(this.#low ^ text.charCodeAt(index) ^ (this.#high >>> 5), FNV_PRIME);
    }
  }
}
