import { ContinuumError } from '@continuum/contract/errors';
import { expect, test } from 'vitest';
import { Coalescer } from '../src/coalesce.ts';

/** Doubles numbers; a negative one spoils its batch. */
function doubling(maxWeight = 100) {
  const batches: number[][] = [];
  const coalescer = new Coalescer<number, number>({
    async perform(items) {
      batches.push([...items]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (items.some((item) => item < 0)) throw new Error('negative');
      return items.map((item) => 2 * item);
    },
    maxWeight,
  });
  return { coalescer, batches };
}

test('what arrives at once, and what arrives meanwhile, travels together in order', async () => {
  const { coalescer, batches } = doubling();
  const early = [1, 2, 3].map((item) => coalescer.add(item));
  await new Promise((resolve) => setTimeout(resolve, 1));
  const late = [4, 5].map((item) => coalescer.add(item));
  expect(await Promise.all([...early, ...late])).toEqual([2, 4, 6, 8, 10]);
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test('a batch has a limit, and one that is heavier still goes alone', async () => {
  const batches: number[][] = [];
  const coalescer = new Coalescer<number, number>({
    perform: async (items) => {
      batches.push([...items]);
      return items;
    },
    weigh: (item) => item,
    maxWeight: 10,
  });
  await Promise.all([4, 6, 1, 50, 2].map((item) => coalescer.add(item)));
  expect(batches).toEqual([[4, 6], [1], [50], [2]]);
});

test('a bad one fails alone, and is tried once more only in company', async () => {
  const { coalescer, batches } = doubling();
  const outcomes = await Promise.allSettled([1, -2, 3].map((item) => coalescer.add(item)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(batches).toEqual([[1, -2, 3], [1], [-2], [3]]);
  await expect(coalescer.add(-1)).rejects.toThrow('negative');
  expect(batches).toHaveLength(5);
  expect(await coalescer.add(7)).toBe(14);
});

test('where the server is away, nobody asks for each', async () => {
  let asked = 0;
  const coalescer = new Coalescer<number, number>({
    perform: async () => {
      asked += 1;
      throw new ContinuumError('STORE_UNAVAILABLE', 'gone', { retryable: true });
    },
    maxWeight: 100,
  });
  const outcomes = await Promise.allSettled([1, 2, 3].map((item) => coalescer.add(item)));
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  expect(asked).toBe(1);
});
