import type { ChangedFile, ChangeSet } from '@continuum/contract/change-set';
import { expect, test } from 'vitest';
import { withinLimits } from '../src/review/limits.ts';

function added(path: string, lines: number): ChangedFile {
  const texts = Array.from({ length: lines }, (_, index) => ({ kind: 'add' as const, text: 'x', newLine: index + 1 }));
  return { path, status: 'added', content: 'x', complete: true, hunks: [{ oldStart: 0, newStart: 1, lines: texts }] };
}

const change: ChangeSet = {
  ...{ repo: 'acme/shop', title: '', skipped: [] },
  files: [added('docs/big.js', 500), added('src/a.js', 30)],
};
const pathsOf = (parts: readonly ChangeSet[]) => parts.map(({ files }) => files.map(({ path }) => path));

test('what a recipe ignores is left out and named', () => {
  const { parts, skipped } = withinLimits(change, { ignore: ['docs/**'], maxAddedLines: 100 });
  expect(pathsOf(parts)).toEqual([['src/a.js']]);
  expect(skipped).toEqual([{ path: 'docs/big.js', reason: 'ignored' }]);
});

test('of a change over the limit the most dangerous files are read, and the rest says why not', () => {
  const { parts, skipped } = withinLimits(change, { ignore: [], maxAddedLines: 100 });
  expect(pathsOf(parts)).toEqual([['src/a.js']]);
  expect(skipped.map(({ path, reason }) => [path, reason])).toEqual([['docs/big.js', 'over-budget']]);
  expect(skipped[0]?.detail).toContain('530');
});

test('a large change is read in parts of bounded work, the most dangerous files first', () => {
  const files = [added('src/a.js', 1_500), added('src/auth/b.js', 1_500), added('docs/c.md', 100)];
  const { parts, skipped } = withinLimits({ ...change, files }, { ignore: [], maxAddedLines: 20_000 });
  expect(pathsOf(parts)).toEqual([['src/auth/b.js'], ['src/a.js', 'docs/c.md']]);
  expect(skipped).toEqual([]);
});
