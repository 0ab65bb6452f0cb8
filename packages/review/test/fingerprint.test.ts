import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseEvidence, recurrenceKey, withFingerprints } from '../src/fingerprint.ts';
import { claim } from './candidate.ts';

const fingerprints = (...claims: ReturnType<typeof claim>[]) =>
  withFingerprints(claims).map(({ fingerprint }) => fingerprint);

const token = fc.constantFrom('exec', '(', ')', '`a`', '+', 'name', '.', ',', ';', '[', ']', '1', '===');
const source = fc.array(token, { minLength: 1, maxLength: 10 });
const gap = fc.constantFrom(' ', '\n', '\n    ', '\t', '  ');

describe('withFingerprints', () => {
  it('survives line shifts, reindentation and reformatting', () => {
    fc.assert(
      fc.property(
        source,
        fc.array(gap, { minLength: 12, maxLength: 12 }),
        fc.nat(5000),
        fc.nat(80),
        (tokens, gaps, down, right) => {
          const spread = (separators: readonly string[]) =>
            tokens.map((text, at) => text + (separators[at] ?? ' ')).join('');
          const before = claim({ evidence: spread(tokens.map(() => ' ')), line: 10 });
          const after = claim({ evidence: spread(gaps), line: 10 + down, endLine: 12 + down, column: 1 + right });
          expect(fingerprints(after)).toEqual(fingerprints(before));
          expect(recurrenceKey(after)).toBe(recurrenceKey(before));
        },
      ),
    );
    expect(normaliseEvidence("f('a',\n  b,\n);")).toBe(normaliseEvidence('f("a", b)'));
    expect(normaliseEvidence('return x')).not.toBe(normaliseEvidence('returnx'));
  });

  it('differs when rule, path, evidence or function differ', () => {
    const all = fingerprints(
      claim(),
      claim({ rule: 'ast/other' }),
      claim({ path: 'src/b.ts' }),
      claim({ evidence: 'exec(other)' }),
      claim({ facts: { functionName: 'other' } }),
    );
    expect(new Set(all).size).toBe(5);
  });

  it('tells equal claims of one function apart by their order, whatever order they come in', () => {
    const [first, second] = [claim({ line: 3 }), claim({ line: 9 })];
    const [a, b] = fingerprints(first, second);
    expect(a).not.toBe(b);
    expect(fingerprints(second, first)).toEqual([b, a]);
    expect(fingerprints(claim({ line: 30 }), claim({ line: 90 }))).toEqual([a, b]);
    expect(fingerprints(claim({ line: 1, evidence: 'unrelated()' }), first).at(1)).toBe(a);
  });
});

describe('recurrenceKey', () => {
  it('recognises the claim in another file and function', () => {
    const elsewhere = claim({
      path: 'lib/z.ts',
      line: 99,
      facts: { functionName: 'z', exported: false, enclosing: [] },
    });
    expect(recurrenceKey(elsewhere)).toBe(recurrenceKey(claim()));
  });

  it('changes with the facts that decide', () => {
    const facts = [
      { role: 'read' as const },
      { origins: ['request' as const] },
      { guards: ['type-check'] },
      { sanitizers: ['escape-html'] },
    ];
    const keys = facts.map((changed) => recurrenceKey(claim({ facts: changed })));
    expect(new Set([recurrenceKey(claim()), ...keys]).size).toBe(5);
  });
});
