import { logitOf } from './dossier/words.ts';
import { sigmoid } from './logistic.ts';

/** What the memory says about a finding, and how many corrections it rests on. */
export interface MemoryView {
  /** Probability to post. */
  readonly probability: number;
  readonly corrections: number;
}

export interface Blended {
  /** Probability to post, in [0, 1]. */
  readonly probability: number;
  /** What the policy model added to the memory's log-odds. */
  readonly moved: number;
}

/** A layer that was trained and passed its gates speaks for at least as many corrections. */
export const LAYER_SPEAKS_FOR = 50;

/** Log-odds beyond which the memory is not surer than it can be. */
const MOST_SURE = 4;
/** Share of the policy model's word: it was pretrained on generated teams, and real ones are harder to foresee. */
const MOST_SHARE = 0.5;
/** Corrections at which it has half of that share: one alone says little about a team. */
const HALF_SHARE_AT = 3;

/** The memory's word as the policy model was trained beside it: log-odds of posting, bounded. */
export function memoryOffset(probability: number): number {
  return Math.max(-MOST_SURE, Math.min(MOST_SURE, logitOf(probability)));
}

/**
 * The decision of memory and policy model together: the model was trained on what the memory leaves open (a residual),
 * so their log-odds add up. `logProbabilities` are those of posting and of skipping.
 */
export function blend({ probability, corrections }: MemoryView, logProbabilities: readonly number[]): Blended {
  const [post = 0, skip = 0] = logProbabilities;
  const share = (MOST_SHARE * corrections) / (corrections + HALF_SHARE_AT);
  const moved = share * (post - skip);
  return { probability: sigmoid(memoryOffset(probability) + moved), moved };
}

/** The probability to post by the policy model alone. */
export function policyProbability(logProbabilities: readonly number[]): number {
  const [post = 0, skip = 0] = logProbabilities;
  return sigmoid(post - skip);
}
