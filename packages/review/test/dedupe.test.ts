import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dedupe, isSameClaim } from '../src/dedupe.ts';
import { claim } from './candidate.ts';

const ast = claim({ rule: 'ast/js-command-injection', cwe: 'CWE-78', line: 10, confidence: 0.6 });
const eslint = claim({
  rule: 'eslint/security/detect-child-process',
  cwe: 'CWE-77',
  line: 10,
  column: 3,
  confidence: 0.5,
  severity: 'medium',
});

describe('dedupe', () => {
  it('merges two analyzers on one line: the best stays, doubt multiplies, disagreement is told', () => {
    const [merged, ...rest] = dedupe([eslint, ast]);
    expect(rest).toEqual([]);
    expect(merged).toMatchObject({ rule: ast.rule, severity: 'high', claimedBy: ['ast', 'eslint'] });
    expect(merged?.confidence).toBeCloseTo(0.8);
    expect(merged?.message).toContain('eslint says medium');
  });

  it('merges neighbours by different analyzers only', () => {
    expect(dedupe([ast, { ...eslint, line: 11, endLine: 11 }])).toHaveLength(1);
    expect(dedupe([ast, { ...eslint, line: 12, endLine: 12 }])).toHaveLength(2);
    expect(dedupe([ast, { ...ast, line: 11, endLine: 11 }])).toHaveLength(2);
  });

  it('keeps two places on one line, in two files, and two weaknesses on one line apart', () => {
    const again = { ...ast, column: 40, evidence: 'exec(b)' };
    const twice = dedupe([ast, again, eslint, { ...eslint, column: 42 }]);
    expect(twice.map(({ claimedBy }) => claimedBy)).toEqual([
      ['ast', 'eslint'],
      ['ast', 'eslint'],
    ]);
    expect(dedupe([ast, { ...eslint, path: 'src/b.ts' }])).toHaveLength(2);
    expect(dedupe([ast, { ...eslint, cwe: 'CWE-22' }])).toHaveLength(2);
  });

  it('does not count two rules of one analyzer as two witnesses', () => {
    const [merged] = dedupe([eslint, { ...eslint, rule: 'eslint/no-eval', confidence: 0.4 }]);
    expect(merged?.confidence).toBeCloseTo(0.5);
  });

  it('never invents, never drops a place, and is stable when run again', () => {
    const line = fc.integer({ min: 1, max: 6 });
    const any = fc.record({
      line,
      rule: fc.constantFrom('ast/a', 'eslint/a', 'model/b'),
      column: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (places) => {
        const claims = places.map((place) => claim(place));
        const merged = dedupe(claims);
        for (const one of claims) expect(merged.some((other) => Math.abs(other.line - one.line) <= 3)).toBe(true);
        for (const other of merged)
          expect(claims.some((one) => one.rule === other.rule && one.line === other.line)).toBe(true);
        expect(dedupe([...claims].reverse()).length).toBe(merged.length);
      }),
    );
  });
});

describe('a large change', () => {
  it('is compared file by file', () => {
    const many = Array.from({ length: 20_000 }, (_, index) =>
      claim({ path: `src/${index >> 3}.ts`, line: 1 + 10 * (index & 7) }),
    );
    const started = performance.now();
    expect(dedupe(many)).toHaveLength(many.length);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('the same claim by another tool', () => {
  const ours = claim({ rule: 'ast/js-command-injection', cwe: 'CWE-78', line: 10, evidence: "exec('ls ' + name)" });
  const theirs = { ...ours, rule: 'semgrep/node-exec', cwe: 'CWE-77', evidence: "  cp.exec('ls ' + name);" };

  it('is told by weakness, code and place, whatever the rule is called and a push has moved', () => {
    expect(isSameClaim(ours, theirs)).toBe(true);
    expect(isSameClaim(theirs, { ...ours, line: 14, endLine: 14 })).toBe(true);
  });

  it.each([
    ['of another weakness', { cwe: 'CWE-89' }],
    ['about other code', { evidence: 'exec(other)' }],
    ['of which no code is known', { evidence: '' }],
    ['in another file', { path: 'src/b.ts' }],
    ['far away', { line: 200, endLine: 200 }],
    ['of the same rule', { rule: ours.rule }],
  ])('is another one %s', (_, change) => {
    expect(isSameClaim(ours, { ...theirs, ...change })).toBe(false);
  });
});
