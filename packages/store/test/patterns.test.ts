import { EventName, matchesPattern } from '@continuum/contract/event';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { patternsOf, toStoredPattern } from '../src/patterns.ts';

const word = fc.constantFrom('a', 'b', 'webhook', '*', '**');
const pattern = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(':'));
const name = fc
  .array(fc.constantFrom('a', 'b', 'webhook'), { minLength: 1, maxLength: 4 })
  .map((words) => words.join(':'));

test('the stored patterns of a name are those that match it', () => {
  fc.assert(
    fc.property(pattern, name, (each, of) => {
      expect(patternsOf(of).includes(toStoredPattern(each))).toBe(matchesPattern(each, of));
    }),
    { numRuns: 2000 },
  );
});

test('of every event there are few', () => {
  for (const event of EventName.options) {
    const patterns = patternsOf(event);
    expect(new Set(patterns).size).toBe(patterns.length);
    expect(patterns.length).toBeLessThan(32);
    for (const each of patterns) expect(matchesPattern(each, event)).toBe(true);
  }
});
