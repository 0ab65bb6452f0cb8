import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterChanges, outcomeOf } from '../src/applied.ts';
import { follow, type TextChange } from '../src/lines.ts';

/** A text of numbered lines, one of which is marked, and a replacement somewhere in it. */
const scene = fc
  .record({ count: fc.integer({ min: 1, max: 12 }), at: fc.nat(11), from: fc.nat(200), length: fc.nat(30) })
  .map(({ count, at, from, length }) => {
    const lines = Array.from({ length: count }, (_, index) => (index === at % count ? '<here>' : `line ${index}`));
    const text = lines.join('\n');
    const start = from % (text.length + 1);
    return { text, start, end: Math.min(text.length, start + length), marked: at % count };
  });

function positionOf(text: string, offset: number): { line: number; character: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

describe('lines under changes', () => {
  test('a line that nobody touches is found again', () => {
    fc.assert(
      fc.property(
        scene,
        fc.constantFrom('', 'x', '\n', 'a\nb', 'a\n', '\n\n\n'),
        ({ text, start, end, marked }, by) => {
          const changed = text.slice(0, start) + by + text.slice(end);
          fc.pre(changed.split('\n').includes('<here>'));
          const change = { start: positionOf(text, start), end: positionOf(text, end), text: by };
          const after = follow({ start: marked, end: marked }, change);
          const now = changed.split('\n').indexOf('<here>');
          expect(after.start).toBeLessThanOrEqual(now);
          expect(after.end).toBeGreaterThanOrEqual(now);
        },
      ),
      { numRuns: 2000 },
    );
  });

  const insertAt = (line: number, character: number, text: string): TextChange => {
    const place = { line, character };
    return { start: place, end: place, text };
  };

  test.each([
    ['a line above', insertAt(1, 4, '\nx'), { start: 5, end: 6 }],
    ['a line right above', insertAt(4, 0, 'x\n'), { start: 5, end: 6 }],
    ['a line below', insertAt(6, 0, 'x\n'), { start: 4, end: 5 }],
    ['a letter in the first', insertAt(4, 0, 'x'), { start: 4, end: 5 }],
    ['a line in the middle', insertAt(4, 3, '\nx'), { start: 4, end: 6 }],
    ['a line at the end of the last', insertAt(5, 80, '\nx'), { start: 4, end: 6 }],
  ])('%s', (_, change, expected) => {
    expect(follow({ start: 4, end: 5 }, change)).toEqual(expected);
  });
});

describe('an applied suggestion at the save', () => {
  const applied = {
    ...{ findingId: 'fnd_1', lines: { start: 3, end: 3 } },
    ...{ original: '  run(false);', replacement: '  run(true);' },
  };

  test.each([
    ['as it was', '  run(true);', { action: 'accepted' }],
    ['with other blanks', '\trun(true);', { action: 'accepted' }],
    ['undone', '  run(false);', { action: 'undone' }],
    ['changed', '  run(safe);', { action: 'modified', text: '  run(safe);' }],
    ['gone', '', { action: 'modified', text: '' }],
  ])('%s', (_, text, expected) => {
    expect(outcomeOf(applied, text)).toEqual(expected);
  });

  test('what is typed into it belongs to it', () => {
    const end = { line: 3, character: 12 };
    const changes = [
      { start: end, end, text: '\n  log();' },
      { start: { line: 0 }, end: { line: 0, character: 0 }, text: '// note\n' },
    ];
    expect(afterChanges(applied, changes).lines).toEqual({ start: 4, end: 5 });
  });
});
