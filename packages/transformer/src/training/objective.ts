import type { TrainingOptions } from '@continuum/contract/training-job';
import type { TokenizedItem } from './items.ts';

/** One item as the objective sees it: the answers to score after its prompt, and what is known of them. */
export interface Example {
  readonly item: TokenizedItem;
  readonly kind: 'sft' | 'pair' | 'single';
  readonly prompt: readonly number[];
  /** chosen and then rejected, as far as there are any. */
  readonly completions: readonly (readonly number[])[];
  /** KTO: another example's answer after this prompt, to estimate the divergence from the reference. */
  readonly mismatched: readonly number[] | undefined;
}

/** Shares of the channels and counts of a whole step, over which its means are taken. */
export interface StepTotals {
  readonly sftShare: number;
  readonly preferenceShare: number;
  readonly sftTokens: number;
  readonly preferences: number;
  /** KTO: estimated divergence from the reference, not below 0. */
  readonly divergence: number;
  readonly beta: number;
}

/** What one example adds to the loss, and the derivative of the loss by the log-probability of each completion. */
export interface Contribution {
  readonly sft: number;
  readonly preference: number;
  readonly slopes: readonly number[];
  /** Preferred as it should be, beyond the reference; undefined without a preference. */
  readonly isRight: boolean | undefined;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** log(1 + e^x) without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Items to examples: pairs for DPO, single judged answers for KTO with the answer of the one before as mismatch, the rest SFT only. */
export function toExamples(items: readonly TokenizedItem[]): Example[] {
  const singles = items.filter((item) => kindOf(item) === 'single');
  const answers = singles.map((item) => judged(item) ?? []);
  let single = -1;
  return items.flatMap((item) => {
    const kind = kindOf(item);
    if (kind === undefined) return [];
    if (kind === 'single') single += 1;
    const mismatched = kind === 'single' ? answers.at(single - 1) : undefined;
    return [{ item, kind, prompt: item.prompt, completions: completionsOf(item, kind), mismatched }];
  });
}

function kindOf({ chosen, rejected, desirable }: TokenizedItem): Example['kind'] | undefined {
  if (chosen !== undefined && rejected !== undefined) return 'pair';
  if (desirable !== undefined && (desirable ? chosen : rejected) !== undefined) return 'single';
  return chosen === undefined ? undefined : 'sft';
}

const judged = ({ chosen, rejected, desirable }: TokenizedItem) => (desirable === false ? rejected : chosen);

function completionsOf(item: TokenizedItem, kind: Example['kind']): (readonly number[])[] {
  const wanted = kind === 'pair' ? [item.chosen, item.rejected] : [judged(item)];
  return wanted.filter((answer) => answer !== undefined);
}

/** True when the first completion is an answer to imitate. */
export const isImitated = ({ kind, item }: Example): boolean => kind !== 'single' || item.desirable === true;

/** A channel without any data gives its weight to the other (LORA-1). */
export function channelShares(
  examples: readonly Example[],
  options: Pick<TrainingOptions, 'sftWeight' | 'preferenceWeight'>,
): Pick<StepTotals, 'sftShare' | 'preferenceShare'> {
  const { sftWeight, preferenceWeight } = options;
  if (!examples.some(({ kind }) => kind !== 'sft'))
    return { sftShare: sftWeight + preferenceWeight, preferenceShare: 0 };
  if (!examples.some(isImitated)) return { sftShare: 0, preferenceShare: sftWeight + preferenceWeight };
  return { sftShare: sftWeight, preferenceShare: preferenceWeight };
}

/**
 * SFT: negative log-likelihood, mean over the step's tokens (beside an offset: of the choice, see `imitate`). DPO (Rafailov et al. 2023, sigmoid): -log s(beta (chosen -
 * rejected)), log-ratios to the reference. KTO (Ethayarajh et al. 2024): 1 - s(beta (ratio - divergence)) for a wanted
 * answer, 1 - s(beta (divergence - ratio)) for an unwanted one. Preferences are means over the step's; all times weight.
 */
export function contribution(
  example: Example,
  policy: readonly number[],
  reference: readonly number[],
  totals: StepTotals,
): Contribution {
  const { weight } = example.item;
  const slopes = policy.map(() => 0);
  let sft = 0;
  if (isImitated(example) && totals.sftTokens > 0) {
    const scale = (totals.sftShare * weight) / totals.sftTokens;
    const imitation = imitate(example, policy);
    sft = scale * imitation.loss;
    imitation.derivatives.forEach((derivative, i) => {
      slopes[i] = scale * derivative;
    });
  }
  if (example.kind === 'sft' || totals.preferences === 0) return { sft, preference: 0, slopes, isRight: undefined };
  const scale = (totals.preferenceShare * weight) / totals.preferences;
  const ratios = policy.map((value, i) => value - (reference[i] ?? 0));
  const { loss, derivatives, isRight } =
    example.kind === 'pair' ? dpo(ratios, totals.beta) : kto(ratios, totals, example.item.desirable === true);
  derivatives.forEach((derivative, i) => {
    slopes[i] = (slopes[i] ?? 0) + scale * derivative;
  });
  return { sft, preference: scale * loss, slopes, isRight };
}

interface Imitation {
  readonly loss: number;
  readonly derivatives: readonly number[];
}

/**
 * Negative log-likelihood of the wanted answer. Where a decision knows part of it from elsewhere, that of a choice between
 * the two answers in which both words add up: only the rest is learned (a residual, as in gradient boosting).
 */
function imitate({ item, kind }: Example, [chosen = 0, rejected = 0]: readonly number[]): Imitation {
  if (kind !== 'pair' || item.offset === undefined) return { loss: -chosen, derivatives: [-1] };
  const margin = chosen - rejected + item.offset;
  const slope = sigmoid(-margin);
  return { loss: softplus(-margin), derivatives: [-slope, slope] };
}

interface Preference {
  readonly loss: number;
  readonly derivatives: readonly number[];
  readonly isRight: boolean;
}

function dpo([chosen = 0, rejected = 0]: readonly number[], beta: number): Preference {
  const margin = beta * (chosen - rejected);
  const slope = beta * sigmoid(-margin);
  return { loss: softplus(-margin), derivatives: [-slope, slope], isRight: margin > 0 };
}

function kto([ratio = 0]: readonly number[], { beta, divergence }: StepTotals, desirable: boolean): Preference {
  const sign = desirable ? 1 : -1;
  const value = sigmoid(sign * beta * (ratio - divergence));
  return { loss: 1 - value, derivatives: [-sign * beta * value * (1 - value)], isRight: sign * ratio > 0 };
}

/** Tokens of an example: prompt and answer of each distinct sequence, once, however they are computed. */
export function tokensOf({ prompt, completions }: Example): number {
  return completions.reduce((sum, { length }) => sum + prompt.length + length, 0);
}
