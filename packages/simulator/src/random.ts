import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** Every choice of a run comes from here: one seed, one sequence. */
export class Random {
  readonly #generator: RandomGenerator;

  constructor(seed: number) {
    // Neighbouring seeds begin with neighbouring states, so they are spread first (Knuth's multiplicative hash).
    this.#generator = xoroshiro128plus(Math.imul(seed + 1, 0x9e3779b1));
    for (let skip = 0; skip < 8; skip += 1) this.#generator.next();
  }

  /** In [0, 1). */
  unit(): number {
    return uniformFloat64(this.#generator);
  }

  /** An integer in [0, count). */
  below(count: number): number {
    return uniformInt(this.#generator, 0, count - 1);
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.unit() * (to - from);
  }

  /** A number in [from, to), each order of magnitude as likely as the next; `from` above zero. */
  spread(from: number, to: number): number {
    return from * (to / from) ** this.unit();
  }

  /** True with this probability; draws nothing when the answer is sure. */
  chance(probability: number): boolean {
    return probability > 0 && (probability >= 1 || this.unit() < probability);
  }

  /** One of them. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** One of a list that may be empty. */
  oneOf<T>(choices: readonly T[]): T | undefined {
    return choices.length === 0 ? undefined : choices[this.below(choices.length)];
  }
}
