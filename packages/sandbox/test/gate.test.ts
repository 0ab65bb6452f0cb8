import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gateLayer, type HeldOutCase, LEAST_HELD_OUT } from '../src/gate.ts';
import { GOLDEN } from '../src/golden.ts';
import { signFlipTest } from '../src/sign-flip.ts';
import { seededRandom } from './random.ts';

const kept = [{ name: 'kept', baseline: 0.9, candidate: 0.8 }];
const cases = (count: number, baseline: number, candidate: number, incumbent = baseline): HeldOutCase[] =>
  Array.from({ length: count }, (_, index) => {
    const wanted = index % 2 === 0;
    const sided = (probability: number): number => (wanted ? probability : 1 - probability);
    return { wanted, baseline: sided(baseline), candidate: sided(candidate), incumbent: sided(incumbent) };
  });

describe('a candidate', () => {
  it('that is right more often and surer passes, with its figures said', () => {
    const heldOut = [...cases(16, 0.6, 0.8), ...cases(4, 0.4, 0.7)];
    const { passed, gates, because } = gateLayer({ heldOut, golden: kept });
    expect(passed).toBe(true);
    expect(gates.map(({ gate }) => gate)).toEqual(['held-out-lift', 'golden-set']);
    expect(because).toMatch(
      /^20 of 20 right, memory alone 16; log loss \.25 against \.59 \(today \.59\), chance of luck <\.001\. Keeps all 1/,
    );
  });

  it.each([
    ['wins by luck on four cases', cases(4, 0.4, 0.9), /4 held-out cases are too few/],
    ['is no better', cases(40, 0.8, 0.8), /40 of 40 right, memory alone 40/],
    [
      'is surer and more often wrong',
      [...cases(30, 0.6, 0.95), ...cases(6, 0.6, 0.45)],
      /30 of 36 right, memory alone 36/,
    ],
    ['beats the memory and not what decides today', cases(20, 0.5, 0.8, 0.9), /\(today \.11\)/],
    [
      'is surer and mends none of the errors',
      [...cases(18, 0.7, 0.9), ...cases(2, 0.4, 0.45)],
      /18 of 20 right, memory alone 18/,
    ],
    ['wins on one case only', [...cases(19, 0.7, 0.7), ...cases(1, 0.4, 0.9)], /chance of luck \.5/],
  ])('that %s is kept out', (_, heldOut, text) => {
    const { passed, because } = gateLayer({ heldOut, golden: kept });
    expect([passed, because]).toEqual([false, expect.stringMatching(text)]);
  });

  it('that loses a golden case is kept out, and the case is named', () => {
    const golden = [...kept, ...['a', 'b', 'c', 'd'].map((name) => ({ name, baseline: 0.6, candidate: 0.4 }))];
    const { passed, because } = gateLayer({ heldOut: cases(20, 0.5, 0.9), golden });
    expect([passed, because]).toEqual([
      false,
      'Loses 4 of 5 golden cases that memory alone gets right: a, b, c and 1 more.',
    ]);
  });

  it('need not win golden cases that memory alone has wrong; without any golden case nothing passes', () => {
    const heldOut = cases(20, 0.5, 0.9);
    expect(gateLayer({ heldOut, golden: [{ name: 'hard', baseline: 0.2, candidate: 0.1 }] }).passed).toBe(true);
    expect(gateLayer({ heldOut, golden: [] }).passed).toBe(false);
  });
});

describe('whatever the probabilities', () => {
  const probability = fc.double({ min: 0, max: 1, noNaN: true });
  it('a candidate that answers like the baseline never passes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), probability), { maxLength: 60 }), (rows) => {
        const heldOut = rows.map(([wanted, p]) => ({ wanted, baseline: p, candidate: p, incumbent: p }));
        expect(gateLayer({ heldOut, golden: kept }).passed).toBe(false);
      }),
    );
  });

  it('one that passes is not more often wrong and has the smaller loss', () => {
    const row = fc.record({
      wanted: fc.boolean(),
      baseline: probability,
      candidate: probability,
      incumbent: probability,
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: LEAST_HELD_OUT, maxLength: 24 }), (heldOut) => {
        const { passed, gates } = gateLayer({ heldOut, golden: kept });
        const [lift] = gates;
        if (!passed || lift === undefined) return;
        expect(lift.value).toBeLessThan(lift.limit);
        const right = (side: 'baseline' | 'candidate') =>
          heldOut.filter((each) => each[side] >= 0.5 === each.wanted).length;
        expect(right('candidate')).toBeGreaterThanOrEqual(right('baseline'));
      }),
    );
  });
});

describe('the sign-flip test', () => {
  it('is exact for few pairs', () => {
    expect(signFlipTest([1, 1, 1, 1])).toBe(1 / 16);
    expect(signFlipTest([1, 1, 1, -1])).toBe(5 / 16);
    expect(signFlipTest([0, 0])).toBe(1);
    expect(signFlipTest([])).toBe(1);
  });

  it('drawn, agrees with the binomial distribution and answers the same twice', () => {
    // 20 equal gains, 4 of them losses: P(X <= 4) = 6196 / 2^20.
    const gains = Array.from({ length: 20 }, (_, index) => (index < 4 ? -1 : 1));
    expect(Math.abs(signFlipTest(gains) - 6196 / 2 ** 20)).toBeLessThan(0.002);
    expect(signFlipTest(gains)).toBe(signFlipTest(gains));
  });

  it('finds luck where there is nothing but luck, no more often than it says', () => {
    const random = seededRandom(1);
    let found = 0;
    for (let round = 0; round < 400; round++) {
      if (signFlipTest(Array.from({ length: 10 }, () => random() - 0.5)) <= 0.05) found += 1;
    }
    expect(found / 400).toBeLessThan(0.085);
  });
});

describe('the golden set', () => {
  it('has secrets and the four ways in from a request, each once', () => {
    expect(GOLDEN.length).toBeGreaterThanOrEqual(24);
    expect(new Set(GOLDEN.map(({ name }) => name)).size).toBe(GOLDEN.length);
    const rules = new Set(GOLDEN.map(({ finding }) => finding.rule.replace(/^[a-z]+\/(?:js-|python-)?/, '')));
    for (const rule of ['sql-injection', 'command-injection', 'code-injection', 'path-traversal']) {
      expect(rules).toContain(rule);
    }
    expect(GOLDEN.filter(({ finding }) => finding.category === 'secret').length).toBeGreaterThanOrEqual(5);
  });

  it('has no secret in it, and every way in comes from a request', () => {
    for (const { finding } of GOLDEN) {
      if (finding.category === 'secret') expect(finding.evidence).toContain('…');
      else expect(finding.facts.origins).toContain('request');
    }
  });
});
