import { CandidateFinding } from '@continuum/contract/finding';
import { describe, expect, it } from 'vitest';
import { createEslintAnalyzer } from '../src/eslint/analyzer.ts';
import { changeOf, modifiedFile, newFile } from './change.ts';

const analyzer = createEslintAnalyzer();
const rulesIn = async (path: string, content: string) => {
  const { findings, skipped } = await analyzer.analyze(changeOf(newFile(path, content)));
  for (const finding of findings) expect(CandidateFinding.safeParse(finding).error).toBeUndefined();
  return { rules: findings.map(({ rule, line }) => `${line} ${rule}`), skipped, findings };
};

describe('eslint', () => {
  it('finds security and correctness problems with evidence, CWE and facts', async () => {
    const { findings } = await rulesIn(
      'src/a.js',
      'export function run(code) {\n  return eval(code);\n}\nif (x === NaN) run();\n',
    );
    const found = findings.find(({ rule }) => rule === 'eslint/security/detect-eval-with-expression');
    expect(found).toMatchObject({
      line: 2,
      evidence: 'eval(code)',
      cwe: 'CWE-95',
      severity: 'high',
      claimedBy: ['eslint'],
    });
    expect(found?.facts).toMatchObject({ functionName: 'run', pathClass: 'source' });
    expect(findings.map(({ rule }) => rule)).toContain('eslint/use-isnan');
  });

  it.each([
    [
      'a.ts',
      'const f = (x: string): void => { element.innerHTML = x as string; };\n',
      '1 eslint/no-unsanitized/property',
    ],
    ['a.tsx', 'const A = (p: P) => <b>{eval(p.code)}</b>;\n', '1 eslint/no-eval'],
    ['a.jsx', 'const A = (p) => <b>{eval(p.code)}</b>;\n', '1 eslint/no-eval'],
    ['a.cjs', 'with (x) { eval(y); }\n', '1 eslint/no-eval'],
    ['a.js', '#!/usr/bin/env node\nconst re = /(a+)+$/;\n', '2 eslint/security/detect-unsafe-regex'],
    ['a.js', 'const re = /\\d*\\d*$/.test(x);\n', '1 eslint/regexp/no-super-linear-backtracking'],
  ])('reads %s', async (path, content, rule) => expect((await rulesIn(path, content)).rules).toContain(rule));

  it('takes no instruction from the reviewed file', async () => {
    const content = '/* eslint-disable */\n/* eslint no-eval: "off" */\neval(a); // eslint-disable-line\n';
    expect((await rulesIn('a.js', content)).rules).toContain('3 eslint/no-eval');
  });

  it('speaks about added lines only, and knows which rules are noisy', async () => {
    const content = 'eval(a);\nx[y] = 1;\n';
    const { findings } = await analyzer.analyze(changeOf(modifiedFile('a.js', content, [2])));
    expect(findings.map(({ line }) => line)).toEqual([2]);
    expect(findings[0]?.confidence).toBeLessThan(0.2);
  });

  it('names a file that it cannot parse', async () => {
    expect((await rulesIn('a.js', 'if (\n')).skipped).toMatchObject(
      [{ path: 'a.js', reason: 'analyzer-failed', detail: /line/ }].map((s) => ({
        ...s,
        detail: expect.stringMatching(s.detail),
      })),
    );
    const sparse = { ...newFile('b.js', '\n\n  }\n  foo(\n'), complete: false };
    const { skipped } = await analyzer.analyze(changeOf(sparse));
    expect(skipped[0]?.detail).toContain('too little');
  });

  it('leaves other languages alone', async () => {
    expect(await rulesIn('a.py', 'eval(x)\n')).toMatchObject({ rules: [], skipped: [] });
    expect(await rulesIn('types.d.ts', 'declare const x: any\n')).toMatchObject({ rules: [], skipped: [] });
  });
});
