import type { GateResult } from '@continuum/contract/layer';
import { isRight, logLoss } from './log-loss.ts';
import { signFlipTest } from './sign-flip.ts';

/** How sure the lift has to be: the chance that it is luck, at most. With fewer than five cases nothing can be this sure. */
const MOST_LUCK = 0.05;
/** Below this many held-out cases there is no lift, however good it looks. */
export const LEAST_HELD_OUT = 16;
const NAMED = 3;

/** Probabilities to post: memory and rules alone, and with the candidate. */
interface Compared {
  readonly baseline: number;
  readonly candidate: number;
}

/** A case of the scope that the candidate was not trained on, and what people decided. */
export interface HeldOutCase extends Compared {
  readonly wanted: boolean;
  /** What decides today: the base model and the layers in force, beside the memory. */
  readonly incumbent: number;
}

/** A case of the golden set: always wanted. */
export interface GoldenComparison extends Compared {
  readonly name: string;
}

export interface Verdict {
  readonly passed: boolean;
  readonly gates: readonly GateResult[];
  /** One sentence: why it passed, or every gate that it did not pass. */
  readonly because: string;
}

/**
 * Go or no-go for a candidate layer: it has to beat memory and rules alone on held-out cases of its scope by more than
 * luck, mend at least one of their errors if there are any, be no worse there than what decides today, and lose none of
 * the golden cases that memory and rules get right.
 */
export function gateLayer(cases: {
  readonly heldOut: readonly HeldOutCase[];
  readonly golden: readonly GoldenComparison[];
}): Verdict {
  const gates = [heldOutLift(cases.heldOut), goldenSet(cases.golden)];
  const failed = gates.filter(({ passed }) => !passed);
  const passed = failed.length === 0;
  return { passed, gates, because: (passed ? gates : failed).map(({ text }) => text).join(' ') };
}

function heldOutLift(cases: readonly HeldOutCase[]): GateResult {
  const gate = 'held-out-lift' as const;
  if (cases.length < LEAST_HELD_OUT) {
    const text = `${cases.length} held-out cases are too few to tell a lift from luck, ${LEAST_HELD_OUT} are needed.`;
    return { gate, passed: false, value: cases.length, limit: LEAST_HELD_OUT, text };
  }
  const [candidate, baseline] = [lossOf(cases, 'candidate'), lossOf(cases, 'baseline')];
  const incumbent = lossOf(cases, 'incumbent');
  const [right, rightBefore] = [rightOf(cases, 'candidate'), rightOf(cases, 'baseline')];
  const gains = cases.map((each) => logLoss(each.baseline, each.wanted) - logLoss(each.candidate, each.wanted));
  const luck = signFlipTest(gains);
  // Being surer of what is right already helps nobody: it has to mend something, where there is anything to mend.
  const mends = right > rightBefore || rightBefore === cases.length;
  const isSurer = candidate < baseline && luck <= MOST_LUCK;
  const passed = right >= rightBefore && mends && isSurer && candidate <= incumbent;
  const figures = `${right} of ${cases.length} right, memory alone ${rightBefore}`;
  const losses = `log loss ${short(candidate)} against ${short(baseline)} (today ${short(incumbent)}), chance of luck ${short(luck)}`;
  return { gate, passed, value: candidate, limit: baseline, text: `${figures}; ${losses}.` };
}

function goldenSet(cases: readonly GoldenComparison[]): GateResult {
  const gate = 'golden-set' as const;
  if (cases.length === 0) {
    return { gate, passed: false, value: 0, limit: 1, text: 'There are no golden cases to lose nothing of.' };
  }
  const before = cases.filter(({ baseline }) => isRight(baseline, true));
  const lost = before.filter(({ candidate }) => !isRight(candidate, true));
  const kept = before.length - lost.length;
  const names = lost.slice(0, NAMED).map(({ name }) => name);
  const more = lost.length > NAMED ? ` and ${lost.length - NAMED} more` : '';
  const text =
    lost.length === 0
      ? `Keeps all ${before.length} golden cases that memory alone gets right, of ${cases.length}.`
      : `Loses ${lost.length} of ${before.length} golden cases that memory alone gets right: ${names.join(', ')}${more}.`;
  return { gate, passed: lost.length === 0, value: kept, limit: before.length, text };
}

function lossOf(cases: readonly HeldOutCase[], side: 'baseline' | 'candidate' | 'incumbent'): number {
  return cases.reduce((sum, each) => sum + logLoss(each[side], each.wanted), 0) / cases.length;
}

function rightOf(cases: readonly HeldOutCase[], side: 'baseline' | 'candidate' | 'incumbent'): number {
  return cases.filter((each) => isRight(each[side], each.wanted)).length;
}

/** `.31`, without the zero that says nothing. */
function short(value: number): string {
  if (value < 0.0005) return '<.001';
  return value.toFixed(value < 0.095 ? 3 : 2).replace(/^0/, '');
}
