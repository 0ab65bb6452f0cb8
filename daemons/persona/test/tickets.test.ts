import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branchWords, ticketKeys } from '../src/pull-request/intent.ts';

test('tickets are named in text and branches as trackers and people write them', () => {
  expect(ticketKeys('Fixes ENG-42 and (SHOP-7); UTF-8, CWE-79 and x-ENG-1 are none, ENG-42 once more')).toEqual([
    'ENG-42',
    'SHOP-7',
  ]);
  expect(ticketKeys(branchWords('ada/eng-42-limit-uploads'))).toEqual(['ENG-42']);
  expect(ticketKeys(branchWords('SHOP-7_fix'))).toEqual(['SHOP-7']);
  expect(ticketKeys(branchWords('release-2024'))).toEqual(['RELEASE-2024']);
});

test('any text is read, at most five tickets of it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 500 }), (text) => {
      const keys = ticketKeys(text);
      expect(keys.length).toBeLessThanOrEqual(5);
      for (const key of keys) expect(key).toMatch(/^[A-Z][A-Z0-9]+-[1-9]\d*$/);
    }),
  );
  expect(ticketKeys(Array.from({ length: 9 }, (_, n) => `ENG-${n + 1}`).join(' '))).toHaveLength(5);
});
