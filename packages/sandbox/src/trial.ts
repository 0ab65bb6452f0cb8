import { z } from 'zod';
import { isRight } from './log-loss.ts';

/** Evidence at which a trial stops early: 1 in 20 trials of an equal layer is stopped so, however often one looks. */
const ENOUGH_EVIDENCE = 20;
/** Outcomes after which a layer that did no harm goes on. */
export const LEAST_OUTCOMES = 20;

/** A running comparison of two judges on the same findings. */
export const TrialTally = z.object({
  /** Findings that people settled. */
  outcomes: z.number().int().nonnegative(),
  /** Among them, those where only the candidate, or only the baseline, was right. */
  better: z.number().int().nonnegative(),
  worse: z.number().int().nonnegative(),
  /** Natural logarithm of the e-value against "at least as often worse as better", and of the mirrored one. */
  logForCandidate: z.number(),
  logForBaseline: z.number(),
});
export type TrialTally = z.infer<typeof TrialTally>;

export const NO_OUTCOMES: TrialTally = { outcomes: 0, better: 0, worse: 0, logForCandidate: 0, logForBaseline: 0 };

/** What both sides thought of a finding, and what people decided. */
export interface Outcome {
  readonly wanted: boolean;
  readonly baseline: number;
  readonly candidate: number;
}

/**
 * Adds an outcome. Findings on which both are right or both wrong say nothing of who is better (McNemar 1947); each other
 * one is a bet at even odds, its stake set by those before it. The capital won is an e-process: by Ville's inequality it
 * exceeds 20 with probability at most 1/20 if the candidate is no better, at whatever moment one stops (Ramdas, Gruenwald,
 * Vovk and Shafer, Statistical Science 38(4), 2023).
 */
export function addOutcome(tally: TrialTally, { wanted, baseline, candidate }: Outcome): TrialTally {
  const outcomes = tally.outcomes + 1;
  const isBetter = isRight(candidate, wanted);
  if (isBetter === isRight(baseline, wanted)) return { ...tally, outcomes };
  const { better, worse } = tally;
  return {
    outcomes,
    better: better + (isBetter ? 1 : 0),
    worse: worse + (isBetter ? 0 : 1),
    logForCandidate: tally.logForCandidate + wager(better, worse, isBetter),
    logForBaseline: tally.logForBaseline + wager(worse, better, !isBetter),
  };
}

/** Logarithm of what one bet multiplies the capital by: the stake is the estimated chance, never on the other side. */
function wager(wins: number, losses: number, won: boolean): number {
  const chance = Math.max(0.5, (wins + 1) / (wins + losses + 2));
  return Math.log(2 * (won ? chance : 1 - chance));
}

export type TrialDecision = 'go-on' | 'promote' | 'archive';

export interface TrialVerdict {
  readonly decision: TrialDecision;
  readonly because: string;
}

/**
 * Whether a trial is over: at strong evidence for either side at once; after 20 outcomes it is passed by a layer that was
 * not more often wrong than what decides now, because its lift was shown on held-out cases before and the trial looks for harm.
 */
export function decideTrial(tally: TrialTally): TrialVerdict {
  const enough = Math.log(ENOUGH_EVIDENCE);
  const figures = `alone right ${tally.better} times, alone wrong ${tally.worse} times in ${tally.outcomes} settled findings`;
  if (tally.logForBaseline >= enough)
    return { decision: 'archive', because: `Worse than what decides now: ${figures}.` };
  if (tally.logForCandidate >= enough)
    return { decision: 'promote', because: `Better than what decides now: ${figures}.` };
  if (tally.outcomes < LEAST_OUTCOMES) return { decision: 'go-on', because: `Still on trial: ${figures}.` };
  return tally.worse > tally.better
    ? { decision: 'archive', because: `No better than what decides now: ${figures}.` }
    : { decision: 'promote', because: `Did no harm: ${figures}.` };
}
