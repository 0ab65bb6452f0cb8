import { createHash } from 'node:crypto';
import { exclusively } from '@continuum/host/exclusive';
import type { LeaseParts } from '@continuum/host/lease';

/** Leases leave a row behind each: so many are enough that two pull requests hardly ever wait for each other. */
const SLOTS = 4096;

/**
 * Work on the same thing waits for the work before it, in this process and in all others that share the store; work on
 * different things does not.
 */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #parts: LeaseParts;
  readonly #kind: string;

  /** `kind` names what is done; turns of different kinds do not wait for each other. */
  constructor(parts: LeaseParts, kind: string) {
    this.#parts = parts;
    this.#kind = kind;
  }

  /**
   * Runs `work` once everything taken before under this key is over, however it ended. Its signal says when the right to
   * this turn was lost to another process. Throws what `work` and the store throw.
   */
  async take<T>(key: string, work: (lost: AbortSignal) => Promise<T>): Promise<T> {
    const slot = slotOf(key);
    const before = this.#last.get(slot) ?? Promise.resolve();
    const inTurn = () => exclusively(this.#parts, `${this.#kind}:${slot}`, work);
    const turn = before.then(inTurn, inTurn);
    this.#last.set(slot, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(slot) === turn) this.#last.delete(slot);
    }
  }
}

function slotOf(key: string): string {
  return String(createHash('sha256').update(key).digest().readUInt32BE(0) % SLOTS);
}
