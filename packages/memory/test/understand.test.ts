import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atomsOf } from '../src/atoms.ts';
import { understandReason } from '../src/reason/understand.ts';
import { findingWith } from './corrections.ts';

/** The words, an atom that they speak of, and whether they deny it. */
const TABLE: readonly (readonly [string, string, boolean])[] = [
  ['that is parameterized, see line 15', 'sanitizer=parameterized', false],
  ['We use prepared statements everywhere', 'sanitizer=parameterized', false],
  ['only loop indexes', 'role=loop-index', false],
  ['we never flag tests', 'path=test', true],
  ['keys come from our own config', 'origin=configuration', false],
  ['this is build tooling', 'path=build-script', false],
  ["it's read-only access", 'role=read', false],
  ['DOMPurify already cleans that', 'sanitizer=dompurify', false],
  ['low severity noise, skip', 'severity=minor', false],
  ['vendored code', 'path=vendored', false],
  ['only reads, never assigns', 'role=assigned', true],
  ['that is a constant', 'origin=constant', false],
  ['CLI only, the user runs it himself', 'path=command-line', false],
  ['not user input', 'origin=untrusted', true],
  ['this comes straight from the request body', 'origin=request', false],
  ['there is a hasOwnProperty check above', 'guard=own-property', false],
  ['private function, not exported', 'exported=no', false],
];

describe('understandReason', () => {
  it.each(TABLE)('hears in "%s" about %s (denied: %s)', (text, atom, negated) => {
    const { claims } = understandReason(text);
    expect(claims.some((claim) => claim.atoms.includes(atom) && claim.negated === negated)).toBe(true);
  });

  it.each(['', 'no', 'thanks!', 'wrong', '👎'])('makes nothing of "%s"', (text) => {
    expect(understandReason(text).claims).toEqual([]);
  });

  it('grounds names that the reason shares with the finding', () => {
    const about = atomsOf(
      findingWith({ path: 'legacy/store.js', evidence: 'cache[name]', facts: { functionName: 'mergeDeep' } }),
    );
    const atoms = understandReason('everything under legacy is frozen, and merge functions too', about).claims.flatMap(
      (claim) => claim.atoms,
    );
    expect(atoms).toContain('folder=legacy');
    expect(atoms).toContain('function=merge');
    expect(atoms).not.toContain('code=cache');
  });

  it('takes any text and answers fast', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000 }), (text) => {
        expect(understandReason(text).claims.length).toBeLessThan(100);
      }),
    );
    const before = performance.now();
    understandReason('not '.repeat(5_000));
    expect(performance.now() - before).toBeLessThan(500);
  });
});
