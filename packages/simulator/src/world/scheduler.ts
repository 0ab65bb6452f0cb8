import type { Random } from '../random.ts';

/** Something that will happen. */
export interface Scheduled {
  readonly atMs: number;
  /** Events of the same instant happen in the order of these draws. */
  readonly draw: number;
  readonly run: () => void;
  cancelled: boolean;
}

const isBefore = (a: Scheduled, b: Scheduled): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.draw < b.draw);

/** A binary heap of what will happen, and a clock that jumps from one event to the next. */
export class Scheduler {
  readonly #random: Random;
  readonly #heap: Scheduled[] = [];
  #nowMs: number;

  constructor(random: Random, startMs: number) {
    this.#random = random;
    this.#nowMs = startMs;
  }

  /** Ms since 1970 of the virtual clock, with fractions. */
  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Scheduled {
    const event = { atMs: this.#nowMs + Math.max(0, delayMs), draw: this.#random.unit(), run, cancelled: false };
    this.#heap.push(event);
    this.#up(this.#heap.length - 1);
    return event;
  }

  /** Jumps to the next event and lets it happen. False when nothing is scheduled any more. */
  step(): boolean {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      if (next.cancelled) continue;
      this.#nowMs = next.atMs;
      next.run();
      return true;
    }
    return false;
  }

  #take(): Scheduled | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    this.#heap[0] = last;
    this.#down(0);
    return first;
  }

  #up(from: number): void {
    for (let index = from; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #down(from: number): void {
    for (let index = from; ; ) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const child = this.#earlier(left, right);
      if (child >= this.#heap.length || !this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #earlier(left: number, right: number): number {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    return a !== undefined && b !== undefined && isBefore(b, a) ? right : left;
  }

  #swapIfBefore(index: number, other: number): boolean {
    const [a, b] = [this.#heap[index], this.#heap[other]];
    if (a === undefined || b === undefined || !isBefore(a, b)) return false;
    this.#heap[index] = b;
    this.#heap[other] = a;
    return true;
  }
}
