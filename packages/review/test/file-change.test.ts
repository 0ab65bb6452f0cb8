import { addedLines, ChangedFile, type Hunk } from '@continuum/contract/change-set';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileChange } from '../src/file-change.ts';

const line = fc.constantFrom('', 'a', 'b', 'if (x) {', '}', '+plus', '-minus', ' blank', '\\ No newline');
const text = fc
  .tuple(fc.array(line, { maxLength: 20 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, closed]) => lines.join(end) + (closed && lines.length > 0 ? end : ''));

const linesOf = (content: string): string[] => {
  const lines = content.replaceAll('\r\n', '\n').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
};

/** The new lines that the old ones and the hunks make. */
function applied(before: readonly string[], hunks: readonly Hunk[]): string[] {
  const after: string[] = [];
  let at = 0;
  for (const { lines } of hunks) {
    const first = lines.find(({ oldLine }) => oldLine !== undefined)?.oldLine;
    const start = first ?? at + 1;
    after.push(...before.slice(at, start - 1));
    at = start - 1;
    for (const { kind, text: words } of lines) {
      if (kind !== 'delete') after.push(words);
      if (kind !== 'add') at += 1;
    }
  }
  return [...after, ...before.slice(at)];
}

test('without what it was, every line is new', () => {
  fc.assert(
    fc.property(text, (content) => {
      const change = ChangedFile.parse(fileChange({ path: 'a.js', text: content }));
      const lines = linesOf(content);
      expect([...addedLines(change)]).toEqual(lines.map((_, index) => index + 1));
      expect(change.hunks.flatMap((hunk) => hunk.lines.map((each) => each.text))).toEqual(lines);
    }),
  );
});

test('the hunks turn what it was into what it is, and every line stands at its number', () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const { hunks, content } = ChangedFile.parse(fileChange({ path: 'a.js', text: after, baseText: before }));
      const lines = linesOf(after);
      expect(linesOf(content ?? '')).toEqual(lines);
      for (const { newLine, oldLine, text: words } of hunks.flatMap((hunk) => hunk.lines)) {
        expect(words).toBe(newLine === undefined ? linesOf(before)[(oldLine ?? 0) - 1] : lines[newLine - 1]);
      }
      // An addition in front of everything has no old line to tell its place by.
      if (hunks.every((hunk) => hunk.lines.some(({ oldLine }) => oldLine !== undefined))) {
        expect(applied(linesOf(before), hunks)).toEqual(lines);
      }
    }),
    { numRuns: 300 },
  );
});

test('a file that nobody changed has nothing new', () => {
  expect(fileChange({ path: 'a.js', text: 'a\r\nb\r\n', baseText: 'a\nb\n' }).hunks).toEqual([]);
  expect(fileChange({ path: 'a.js', text: '', baseText: '' }).hunks).toEqual([]);
});

test('texts with nothing in common are new as a whole', () => {
  const many = (word: string): string => Array.from({ length: 5000 }, (_, index) => `${word}${index}\n`).join('');
  const change = fileChange({ path: 'a.js', text: many('new'), baseText: many('old') });
  expect(addedLines(change).size).toBe(5000);
});
