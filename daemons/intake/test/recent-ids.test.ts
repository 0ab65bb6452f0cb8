import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentIds } from '../src/recent-ids.ts';

test('the newest ids are remembered, and those of long ago are not', () => {
  const ids = fc.uniqueArray(fc.string(), { maxLength: 200 });
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 20 }), (added, capacity) => {
      const recent = new RecentIds(capacity);
      for (const id of added) recent.add(id);
      for (const id of added.slice(-capacity)) expect(recent.has(id)).toBe(true);
      const lately = new Set(added.slice(-capacity * 2));
      for (const id of added) if (!lately.has(id)) expect(recent.has(id)).toBe(false);
    }),
  );
});
