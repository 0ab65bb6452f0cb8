import type { ChangedFile, ChangeSet } from '@continuum/contract/change-set';
import { expect, test } from 'vitest';
import { withinLimits } from '../src/review/limits.ts';

function added(path: string, lines: number): ChangedFile {
  const texts = Array.from({ length: lines }, (_, index) => ({ kind: 'add' as const, text: 'x', newLine: index + 1 }));
  return { path, status: 'added', content: 'x', complete: true, hunks: [{ oldStart: 0, newStart: 1, lines: texts }] };
}

const change: ChangeSet = {
  ...{ repo: 'acme/shop', title: '', skipped: [] },
  files: [added('src/a.js', 30), added('docs/big.js', 500)],
};

test('what a recipe ignores is left out and named', () => {
  const { files, skipped } = withinLimits(change, { ignore: ['docs/**'], maxAddedLines: 100 });
  expect(files.map(({ path }) => path)).toEqual(['src/a.js']);
  expect(skipped).toEqual([{ path: 'docs/big.js', reason: 'ignored' }]);
});

test('a change over the limit is not reviewed, and says of every file why', () => {
  const { files, skipped } = withinLimits(change, { ignore: [], maxAddedLines: 100 });
  expect(files).toEqual([]);
  expect(skipped.map(({ path, reason }) => [path, reason])).toEqual([
    ['src/a.js', 'over-budget'],
    ['docs/big.js', 'over-budget'],
  ]);
  expect(skipped[0]?.detail).toContain('530');
});
