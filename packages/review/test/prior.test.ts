import type { CandidateFinding, Facts } from '@continuum/contract/finding';
import { describe, expect, it } from 'vitest';
import { prior, priorFeatures } from '../src/prior.ts';
import { PRIOR_WEIGHTS } from '../src/prior-weights.ts';
import { claim } from './candidate.ts';

const withFacts = (facts: Partial<Facts>) => prior(claim({ facts })).score;

describe('prior', () => {
  it('is the logistic of the base and the weights that it names', () => {
    const { score, why } = prior(claim({ confidence: 0.7 }));
    const sum = why.reduce((total, { weight = 0 }) => total + weight, PRIOR_WEIGHTS.base ?? 0);
    expect(score).toBeCloseTo(1 / (1 + Math.exp(-sum)), 2);
    for (const { text, kind } of why) {
      expect(text).toMatch(/\.$/);
      expect(['analyzer', 'facts', 'path', 'consensus']).toContain(kind);
    }
  });

  it.each<[string, Partial<Facts>, Partial<Facts>]>([
    ['a request above the environment', { origins: ['request'] }, { origins: ['environment'] }],
    ['a parameter above a constant', { origins: ['parameter'] }, { origins: ['constant'] }],
    ['source above a test', { pathClass: 'source' }, { pathClass: 'test' }],
    ['source above a copy of others’ code', { pathClass: 'source' }, { pathClass: 'vendored' }],
    ['an open key above a guarded one', { guards: [] }, { guards: ['prototype-key'] }],
    ['raw text above escaped text', { sanitizers: [] }, { sanitizers: ['escape-html'] }],
    ['an exported function above an inner one', { exported: true }, { exported: false }],
    ['a key above a loop index', { role: 'key' }, { role: 'loop-index' }],
  ])('puts %s', (_, higher, lower) => {
    expect(withFacts(higher)).toBeGreaterThan(withFacts(lower));
  });

  it('rises with severity, confidence and agreement', () => {
    const score = (changes: Partial<Omit<CandidateFinding, 'facts'>>) => prior(claim(changes)).score;
    expect(score({ severity: 'critical' })).toBeGreaterThan(score({ severity: 'low' }));
    expect(score({ confidence: 0.9 })).toBeGreaterThan(score({ confidence: 0.3 }));
    expect(score({ claimedBy: ['ast', 'eslint'] })).toBeGreaterThan(score({ claimedBy: ['ast'] }));
    expect(score({ confidence: 1 })).toBeLessThan(1);
    expect(score({ confidence: 0 })).toBeGreaterThan(0);
  });

  it('posts a request in a shell and withholds a test of a constant, at the threshold of one half', () => {
    expect(withFacts({ origins: ['request'] })).toBeGreaterThan(0.5);
    expect(withFacts({ origins: ['constant'], pathClass: 'test' })).toBeLessThan(0.5);
  });

  it('does not hold facts of data flow against a secret', () => {
    const names = priorFeatures(claim({ category: 'secret', rule: 'secrets/aws' })).map(({ name }) => name);
    expect(names.filter((name) => /^(origin|role|guard|sanitizer):/.test(name))).toEqual([]);
  });
});
