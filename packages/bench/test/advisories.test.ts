import { describe, expect, it } from 'vitest';
import { addedFile, isMinified } from '../src/advisories/corpus.ts';
import { eslintSecurityAlerts } from '../src/advisories/peer.ts';
import { createReviewer } from '../src/advisories/review.ts';
import { type AdvisoryRow, allRows, shuffled, splitRows } from '../src/advisories/rows.ts';
import { mean, rankOfSink, recallAt } from '../src/advisories/score.ts';

const row: AdvisoryRow = { id: '', package: 'a', version: '1.0.0', cwe: 'CWE-78', path: 'lib/a.js', line: 3 };
const code = "const cp = require('child_process');\nexports.f = (p) => {\n  cp.exec('ls ' + p);\n};\n";
const change = { repo: 'npm/a', title: '', files: [addedFile('lib/a.js', code)], skipped: [] };

describe('advisory rows', () => {
  it('split by package, both sides fixed and apart', () => {
    const dev = splitRows('dev', 1).map((one) => one.package);
    const heldOut = splitRows('held-out', 1).map((one) => one.package);
    expect(dev).toHaveLength(120);
    expect(new Set([...dev, ...heldOut]).size).toBe(dev.length + heldOut.length);
    expect(new Set([...dev, ...heldOut])).toEqual(new Set(allRows().map((one) => one.package)));
    expect(
      splitRows('dev', 2)
        .map((one) => one.package)
        .toSorted(),
    ).toEqual(dev.toSorted());
  });

  it('shuffle the same way for the same seed', () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    expect(shuffled(items, 7)).toEqual(shuffled(items, 7));
    expect(shuffled(items, 7)).not.toEqual(shuffled(items, 8));
    expect(shuffled(items, 7).toSorted((a, b) => a - b)).toEqual(items);
  });
});

describe('advisory scoring', () => {
  it('counts a finding within two lines of the sink, by whole path or its end', () => {
    const at = (path: string, line: number) => [{ path, line }];
    expect(rankOfSink(at('lib/a.js', 5), row, change)).toBe(0);
    expect(rankOfSink(at('lib/a.js', 6), row, change)).toBe(-1);
    expect(rankOfSink(at('other/lib/a.js', 3), row, change)).toBe(-1);
    expect(rankOfSink(at('lib/a.js', 3), { ...row, path: 'a.js' }, change)).toBe(0);
    expect(rankOfSink([{ path: 'b.js', line: 3 }, ...at('lib/a.js', 3)], row, change)).toBe(1);
  });

  it('has recall at a cap', () => {
    expect(recallAt([0, 2, 3, -1], 3)).toBe(0.5);
    expect(recallAt([], 3)).toBe(0);
    expect(mean([1, 2, 3])).toBe(2);
  });

  it('reviews as production does, beside ESLint', async () => {
    const reviewer = createReviewer();
    const { posted } = await reviewer.review(change).finally(() => reviewer.close());
    expect(rankOfSink(posted, row, change)).toBe(0);
    expect(rankOfSink(eslintSecurityAlerts(change), row, change)).toBeGreaterThanOrEqual(0);
  });

  it('knows minified text', () => {
    expect(isMinified('a.min.js', '')).toBe(true);
    expect(isMinified('a.js', 'x;'.repeat(4_000))).toBe(true);
    expect(isMinified('a.js', code)).toBe(false);
  });
});
