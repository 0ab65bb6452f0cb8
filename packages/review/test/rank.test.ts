import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rank } from '../src/rank.ts';
import { claim } from './candidate.ts';

const item = (line: number, score: number, changes: Parameters<typeof claim>[0] = {}) => ({
  candidate: claim({ line, ...changes }),
  score,
});
const lines = (items: readonly { candidate: { line: number } }[]) => items.map(({ candidate }) => candidate.line);

describe('rank', () => {
  it('puts severe and likely first', () => {
    const items = [
      item(1, 0.5, { severity: 'low', path: 'a.ts' }),
      item(2, 0.6, { severity: 'critical', path: 'b.ts' }),
      item(3, 0.9, { severity: 'critical', path: 'c.ts' }),
    ];
    expect(lines(rank(items))).toEqual([3, 2, 1]);
  });

  it('shows another strong finding before the same one again', () => {
    const items = [
      item(1, 0.9),
      item(2, 0.89),
      item(3, 0.88),
      item(4, 0.8, { rule: 'ast/js-redos', path: 'src/b.ts', facts: { functionName: 'other' } }),
    ];
    expect(lines(rank(items))).toEqual([1, 4, 2, 3]);
  });

  it('keeps every item and does not depend on the order given', () => {
    const one = fc.record({
      line: fc.integer({ min: 1, max: 400 }),
      score: fc.double({ min: 0, max: 1, noNaN: true }),
      rule: fc.constantFrom('ast/a', 'ast/b'),
      path: fc.constantFrom('a.ts', 'b.ts'),
    });
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: ({ line }) => line, maxLength: 80 }), (given) => {
        const items = given.map(({ line, score, rule, path }) => item(line, score, { rule, path }));
        expect(lines(rank(items.toReversed()))).toEqual(lines(rank(items)));
        expect(lines(rank(items)).toSorted()).toEqual(lines(items).toSorted());
      }),
    );
  });

  it('orders a thousand findings quickly', () => {
    const items = Array.from({ length: 1_000 }, (_, index) => item(index + 1, (index % 97) / 97));
    expect(rank(items)).toHaveLength(1_000);
  });
});
