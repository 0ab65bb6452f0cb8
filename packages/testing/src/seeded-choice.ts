import { mulberry32 } from '@continuum/transformer/random';

/** Choices that a seed makes: the same seed makes the same ones everywhere. */
export interface SeededChoice {
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A whole number in [from, to]. */
  between(from: number, to: number): number;
  /** One of them. Throws RangeError when there is none. */
  pick<T>(among: readonly T[]): T;
  /** At most `count` different ones, in any order. */
  some<T>(among: readonly T[], count: number): T[];
}

/** Choices from a 32-bit seed. */
export function seededChoice(seed: number): SeededChoice {
  const uniform = mulberry32(seed);
  const between = (from: number, to: number): number => from + Math.floor(uniform() * (to - from + 1));
  return {
    between,
    chance: (probability) => uniform() < probability,
    pick(among) {
      const one = among[between(0, among.length - 1)];
      if (one === undefined) throw new RangeError('nothing to choose from');
      return one;
    },
    some(among, count) {
      const left = [...among];
      return Array.from({ length: Math.min(count, left.length) }, () =>
        left.splice(between(0, left.length - 1), 1),
      ).flat();
    },
  };
}
