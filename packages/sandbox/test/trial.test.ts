import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addOutcome, decideTrial, LEAST_OUTCOMES, NO_OUTCOMES, type Outcome, type TrialTally } from '../src/trial.ts';
import { seededRandom } from './random.ts';

const BETTER: Outcome = { wanted: false, baseline: 0.8, candidate: 0.2 };
const WORSE: Outcome = { wanted: true, baseline: 0.8, candidate: 0.2 };
const SAME: Outcome = { wanted: true, baseline: 0.8, candidate: 0.9 };

function run(outcomes: readonly Outcome[]): { tally: TrialTally; decision: string; after: number } {
  let tally = NO_OUTCOMES;
  for (const [index, outcome] of outcomes.entries()) {
    tally = addOutcome(tally, outcome);
    const { decision } = decideTrial(tally);
    if (decision !== 'go-on') return { tally, decision, after: index + 1 };
  }
  return { tally, decision: 'go-on', after: outcomes.length };
}

describe('a trial', () => {
  it('stops early at strong evidence, for and against', () => {
    expect(run(Array(20).fill(BETTER))).toMatchObject({ decision: 'promote', after: 8 });
    expect(run(Array(20).fill(WORSE))).toMatchObject({ decision: 'archive', after: 8 });
  });

  it('goes on without evidence, and passes after enough outcomes without harm', () => {
    expect(run(Array(LEAST_OUTCOMES - 1).fill(SAME)).decision).toBe('go-on');
    expect(run(Array(LEAST_OUTCOMES).fill(SAME)).decision).toBe('promote');
    expect(run([WORSE, WORSE, BETTER, ...Array(17).fill(SAME)]).decision).toBe('archive');
  });

  it('says its figures', () => {
    expect(decideTrial(run([BETTER, WORSE, SAME]).tally).because).toBe(
      'Still on trial: alone right 1 times, alone wrong 1 times in 3 settled findings.',
    );
  });

  it('has a capital whose expectation never grows for an equal layer, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (history) => {
        const tally = history.reduce((at, won) => addOutcome(at, won ? BETTER : WORSE), NO_OUTCOMES);
        const [up, down] = [addOutcome(tally, BETTER), addOutcome(tally, WORSE)];
        for (const side of ['logForCandidate', 'logForBaseline'] as const) {
          const expected = (Math.exp(up[side]) + Math.exp(down[side])) / 2;
          expect(expected).toBeCloseTo(Math.exp(tally[side]), 6 - Math.ceil(tally[side] / 2));
        }
      }),
    );
  });

  it('stops an equal layer for evidence in at most one of twenty, looked at after each outcome', () => {
    const random = seededRandom(7);
    let stopped = 0;
    for (let trial = 0; trial < 1000; trial++) {
      let tally = NO_OUTCOMES;
      for (let outcome = 0; outcome < 200; outcome++) {
        tally = addOutcome(tally, random() < 0.5 ? BETTER : WORSE);
        if (tally.logForBaseline < Math.log(20)) continue;
        stopped += 1;
        break;
      }
    }
    expect(stopped / 1000).toBeLessThanOrEqual(0.06);
  });
});
