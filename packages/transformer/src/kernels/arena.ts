import { ContinuumError } from '@continuum/contract/errors';

/** A place in the arena, in bytes from its start; always a multiple of 64. */
export type Pointer = number;

const PAGE = 65_536;
const LAST_PAGE = 65_536;

/**
 * One growing WebAssembly memory, handed out from the bottom and given back as a stack: what is loaded once lies below,
 * what one batch needs lies above a mark and is forgotten with `reset`, so that no step allocates.
 */
export class Arena {
  #memory: WebAssembly.Memory;
  #top = 64;
  #floats: Float32Array;

  constructor(bytes = PAGE) {
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE), maximum: LAST_PAGE });
    this.#floats = new Float32Array(this.#memory.buffer);
  }

  /** Room for `count` floats, whose content is whatever lay there before. Throws OVERLOADED beyond 4 GiB. */
  floats(count: number): Pointer {
    const at = this.#top;
    // Sixteen bytes of slack: kernels read whole vectors.
    this.#top = Math.ceil((at + count * 4 + 16) / 64) * 64;
    this.#ensure(this.#top);
    return at;
  }

  /** The same, filled with zeros. */
  zeros(count: number): Pointer {
    const at = this.floats(count);
    this.view(at, count).fill(0);
    return at;
  }

  /** Copies numbers in for good. */
  put(values: ArrayLike<number>): Pointer {
    const at = this.floats(values.length);
    this.view(at, values.length).set(values);
    return at;
  }

  /** `count` floats from `at` on. Not to be kept: the memory may grow, and a view of the old one is dead. */
  view(at: Pointer, count: number): Float32Array {
    return this.all().subarray(at / 4, at / 4 + count);
  }

  /** The whole memory as floats, under the same warning. */
  all(): Float32Array {
    return this.#floats;
  }

  mark(): number {
    return this.#top;
  }

  /** Gives back everything taken since `mark`. */
  reset(mark: number): void {
    this.#top = mark;
  }

  get memory(): WebAssembly.Memory {
    return this.#memory;
  }

  /** Lets go of the memory; nothing in it can be used any more. */
  release(): void {
    this.#memory = new WebAssembly.Memory({ initial: 0 });
    this.#floats = new Float32Array(0);
  }

  #ensure(bytes: number): void {
    const have = this.#memory.buffer.byteLength;
    if (bytes <= have) return;
    const wanted = Math.min(LAST_PAGE, Math.ceil(Math.max(bytes, have * 1.25) / PAGE));
    if (bytes > LAST_PAGE * PAGE) {
      throw new ContinuumError('OVERLOADED', 'The model and this batch need more than 4 GiB of memory.', {
        next: 'Use fewer or shorter sequences in one batch, or a smaller model.',
      });
    }
    this.#memory.grow(wanted - have / PAGE);
    this.#floats = new Float32Array(this.#memory.buffer);
  }
}
