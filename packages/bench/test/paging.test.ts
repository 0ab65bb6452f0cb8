import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../src/advisories/rows.ts';
import { zipf } from '../src/paging/random.ts';

describe('bench paging', () => {
  test('draws by Zipf', () => {
    const draw = zipf(100, 1, mulberry32(3));
    const counts = new Array<number>(100).fill(0);
    for (let index = 0; index < 100_000; index += 1) {
      const rank = draw();
      counts[rank] = (counts[rank] ?? 0) + 1;
    }
    const [first = 0, second = 0] = counts;
    expect(first / second).toBeGreaterThan(1.9);
    expect(first / second).toBeLessThan(2.1);
    expect(first / (counts[9] ?? 1)).toBeGreaterThan(9);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });
});
