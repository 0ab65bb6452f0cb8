import type { Judgement } from '@continuum/contract/finding';
import { describe, expect, it } from 'vitest';
import { withFingerprints } from '../src/fingerprint.ts';
import { select } from '../src/select.ts';
import { claim } from './candidate.ts';

const candidates = withFingerprints([1, 2, 3, 4, 5].map((n) => claim({ line: n, evidence: `exec(v${n})` })));
const judged = (n: number, score: number, verdict: Judgement['verdict'] = 'post') => {
  const candidate = candidates[n - 1];
  if (candidate === undefined) throw new Error('no such candidate');
  return {
    candidate,
    fingerprint: candidate.fingerprint,
    score,
    judgement: { verdict, score, why: [{ kind: 'analyzer' as const, text: 'claimed' }] },
  };
};
const options = { cap: 10, threshold: 0.5, declined: new Set<string>() };
const outcome = (selected: ReturnType<typeof select>) =>
  Object.fromEntries(
    selected.map(({ candidate, status, withheldBecause }) => [candidate.line, withheldBecause ?? status]),
  );

describe('select', () => {
  it('says for each item what happens and why, after what was known before', () => {
    const declined = new Set([candidates[0]?.fingerprint ?? '']);
    const selected = select([judged(1, 0.9), judged(2, 0.8), judged(3, 0.2), judged(4, 0.7, 'skip'), judged(5, 0.6)], {
      ...options,
      cap: 1,
      declined,
    });
    expect(outcome(selected)).toEqual({ 1: 'declined', 2: 'posted', 3: 'threshold', 4: 'judgement', 5: 'cap' });
    for (const { judgement } of selected) {
      expect(judgement.why).toHaveLength(2);
      expect(judgement.why[0]?.text).toBe('claimed');
    }
  });

  it('keeps a group to a cap of its own, and leaves its place to others', () => {
    const groupsOf = ({ score }: { readonly score: number }) => [
      { name: score > 0.65 ? 'Loud AI' : 'Calm AI', cap: 1 },
      { name: 'Everybody', cap: 9 },
    ];
    const selected = select([judged(1, 0.9), judged(2, 0.8), judged(3, 0.6)], { ...options, cap: 2, groupsOf });
    expect(outcome(selected)).toEqual({ 1: 'posted', 2: 'cap', 3: 'posted' });
    expect(selected.find(({ status }) => status === 'withheld')?.judgement.why.at(-1)?.text).toContain('Loud AI');
  });

  it('each finding may have a threshold of its own', () => {
    const threshold = ({ candidate }: { readonly candidate: { readonly line: number } }) =>
      candidate.line === 1 ? 0.95 : 0.5;
    const selected = select([judged(1, 0.9), judged(2, 0.8)], { ...options, threshold });
    expect(outcome(selected)).toEqual({ 1: 'threshold', 2: 'posted' });
  });

  it('posts one fingerprint once', () => {
    const selected = select([judged(1, 0.9), judged(1, 0.8)], options);
    expect(selected.map(({ status, withheldBecause }) => withheldBecause ?? status)).toEqual(['posted', 'duplicate']);
  });

  it('names a declining that the judge already knew of', () => {
    const item = judged(1, 0.1, 'skip');
    const judgement = { ...item.judgement, why: [{ kind: 'declined' as const, text: 'Declined by ada.' }] };
    expect(outcome(select([{ ...item, judgement }], options))).toEqual({ 1: 'declined' });
  });

  it('is silent when there is nothing', () => {
    expect(select([], options)).toEqual([]);
  });
});
