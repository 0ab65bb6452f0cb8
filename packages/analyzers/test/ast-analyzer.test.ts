import { addedLines, type ChangedFile } from '@continuum/contract/change-set';
import { CandidateFinding } from '@continuum/contract/finding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAstAnalyzer } from '../src/ast/analyzer.ts';
import { factsAt } from '../src/ast/facts.ts';
import { scan } from './ast-scan.ts';

const VULNERABLE = "const cp = require('child_process');\nexports.f = (p) => {\n  cp.exec('ls ' + p);\n};\n";
const SAMPLE = `${VULNERABLE}exports.g = (o, path, v) => { const [a, ...r] = path.split('.'); if (r.length) exports.g(o[a], r, v); else o[a] = v; };\nexports.h = (s) => /(a+)+$/.test(s);\n`;

function changed(path: string, content: string | null, added: (line: number) => boolean = () => true): ChangedFile {
  const lines = (content ?? '').split('\n').map((text, index) => ({
    kind: added(index + 1) ? ('add' as const) : ('context' as const),
    text,
    newLine: index + 1,
    oldLine: index + 1,
  }));
  return {
    path,
    status: content === null ? 'deleted' : 'modified',
    hunks: [{ oldStart: 1, newStart: 1, lines }],
    content,
    complete: true,
  };
}

const analyze = (...files: ChangedFile[]) =>
  createAstAnalyzer().analyze({ repo: 'team/app', title: '', files, skipped: [] });

describe('ast analyzer', () => {
  it('answers with findings that fit the contract', async () => {
    const { findings, skipped } = await analyze(changed('lib/a.js', SAMPLE));
    expect(findings.map(({ rule, line }) => [rule, line])).toEqual([
      ['ast/js-command-injection', 3],
      ['ast/js-prototype-pollution', 5],
      ['ast/js-redos', 6],
    ]);
    for (const finding of findings) expect(CandidateFinding.parse(finding)).toEqual(finding);
    expect(skipped).toEqual([]);
  });

  it('reports only lines that the change added', async () => {
    const file = changed('lib/a.js', SAMPLE, (line) => line !== 3);
    expect(addedLines(file).has(3)).toBe(false);
    expect((await analyze(file)).findings.map(({ line }) => line)).toEqual([5, 6]);
  });

  it('passes over deleted files and languages without a grammar, and names what is too large', async () => {
    const { findings, skipped } = await analyze(
      changed('a.js', null),
      changed('a.rb', 'system(x)'),
      changed('b.js', 'x;'.repeat(1_100_000)),
    );
    expect(findings).toEqual([]);
    expect(skipped).toEqual([{ path: 'b.js', reason: 'too-large', detail: expect.any(String) }]);
  });

  it('stops when it is told to', async () => {
    const change = { repo: 'team/app', title: '', files: [changed('a.js', SAMPLE)], skipped: [] };
    await expect(createAstAnalyzer().analyze(change, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it.each([
    ['CRLF', SAMPLE.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${SAMPLE}`],
    ['no final newline', SAMPLE.trimEnd()],
    ['characters beyond the first plane', SAMPLE.replaceAll("'ls '", "'𝒍𝒔 😀 '")],
  ])('finds the same lines with %s', (_, content) => {
    expect(scan('a.js', content).map(({ line }) => line)).toEqual([3, 5, 6]);
    for (const { evidence, line } of scan('a.js', content)) expect(content.split('\n')[line - 1]).toContain(evidence);
  });

  it('never throws on random or broken text', () => {
    const paths = fc.constantFrom('a.js', 'a.ts', 'a.tsx', 'a.py');
    const cut = fc.nat({ max: SAMPLE.length }).map((end) => SAMPLE.slice(0, end));
    const spliced = fc.tuple(cut, fc.string(), cut).map((parts) => parts.join(''));
    fc.assert(
      fc.property(paths, fc.oneof(fc.string({ unit: 'binary' }), cut, spliced), (path, content) => {
        for (const finding of scan(path, content)) CandidateFinding.parse(finding);
        factsAt({ path, content, line: 2, column: 3 });
      }),
      { numRuns: 150 },
    );
  });

  it('gets through deep nesting and 50,000 lines', () => {
    expect(scan('a.js', `${'('.repeat(3_000)}1${')'.repeat(3_000)}`)).toEqual([]);
    expect(scan('a.js', `exports.f = (p) => eval('a'${' + p'.repeat(3_000)});`)).toHaveLength(1);
    const msFor = (lines: number): number => {
      const long = `${'exports.f = (a) => use(a.b);\n'.repeat(lines)}${VULNERABLE}`;
      const started = performance.now();
      expect(scan('a.js', long).map(({ line }) => line)).toEqual([lines + 3]);
      return performance.now() - started;
    };
    // Ten times the lines take some ten times as long on any machine; work that grows with the square would take a hundred.
    expect(msFor(50_000) / msFor(5_000)).toBeLessThan(40);
  }, 120_000);
});
