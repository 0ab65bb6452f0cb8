import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDeeperThan } from '../src/json-depth.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

test('agrees with the depth of the parsed value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(9), fc.constantFrom(undefined, 2), (value, limit, indent) => {
      expect(isDeeperThan(JSON.stringify(value, undefined, indent), limit)).toBe(depthOf(value) > limit);
    }),
    { numRuns: 500 },
  );
});

test('takes any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), (text) => typeof isDeeperThan(text, 3) === 'boolean'));
  expect(isDeeperThan('"\\', 0)).toBe(false);
  expect(isDeeperThan('"]\\"[[["', 0)).toBe(false);
});
