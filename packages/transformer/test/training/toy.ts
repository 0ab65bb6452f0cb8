import { TrainingOptions } from '@continuum/contract/training-job';
import { tinyWeights } from '@continuum/testing/tiny-model';
import type { TokenizedItem } from '../../src/training/items.ts';
import type { TrainingOptions as EngineTrainingOptions } from '../../src/training.ts';

/** A model small enough for a gradient by differences of every kind of parameter. */
export const toyWeights = (seed = 1) =>
  tinyWeights({ seed, hiddenSize: 32, heads: 4, kvHeads: 2, intermediateSize: 40, maxPositions: 64 });

export const toyOptions = (options: Partial<EngineTrainingOptions> = {}): EngineTrainingOptions => ({
  ...TrainingOptions.parse({ rank: 4, alpha: 8, batch: 4, epochs: 2, seed: 7 }),
  ...options,
});

const run = (from: number, length: number): number[] => Array.from({ length }, (_, i) => (from + 17 * i) % 256);

const COMMON = { weight: 1, safety: false, teachesSkip: false };
/** Pairs whose answers are one token each, as " post" and " skip" are. */
export const pairs = (count: number): TokenizedItem[] =>
  Array.from({ length: count }, (_, i) => ({
    ...COMMON,
    id: `pair-${i}`,
    prompt: run(3 * i + 1, 5 + (i % 7)),
    chosen: [i % 2 === 0 ? 70 : 80],
    rejected: [i % 2 === 0 ? 80 : 70],
    weight: 0.5 + (i % 3) / 4,
  }));

/** Pairs with answers of several tokens, which share their prompt as a tree. */
export const longPairs = (count: number): TokenizedItem[] =>
  pairs(count).map((item, i) => ({ ...item, chosen: run(i + 90, 3), rejected: run(i + 120, 2 + (i % 3)) }));

/** Answers to imitate, without a preference. */
export const imitations = (count: number): TokenizedItem[] => longPairs(count).map(({ rejected: _, ...item }) => item);

/** Single answers that were wanted or not. */
export const singles = (count: number): TokenizedItem[] =>
  longPairs(count).map(({ chosen, rejected, ...item }, i) =>
    i % 2 === 0
      ? { ...item, desirable: true, ...(chosen === undefined ? {} : { chosen }) }
      : { ...item, desirable: false, ...(rejected === undefined ? {} : { rejected }) },
  );
