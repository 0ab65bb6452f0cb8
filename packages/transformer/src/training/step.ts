import { backward } from '../backward.ts';
import { forward } from '../forward.ts';
import type { Model } from '../model.ts';
import { logitGradient, logProbabilities, project } from '../outputs.ts';
import { planCompletions } from '../plan.ts';
import { batches, chunks, scoreRequests } from '../score.ts';
import { type Contribution, contribution, type Example, isImitated, type StepTotals, tokensOf } from './objective.ts';
import type { Trainable } from './trainable.ts';

/** What one optimizer step saw, summed over its examples. */
export interface StepSums {
  loss: number;
  sft: number;
  preference: number;
  tokens: number;
  /** Preferences that stand as they should beyond the reference, of how many. */
  right: number;
  preferences: number;
}

/** Log-probabilities without the new adapter, computed once for each example that needs them. */
export class Reference {
  readonly #model: Model;
  readonly #known = new Map<Example, readonly number[]>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** By example: its completions, and then its mismatched answer. */
  of(examples: readonly Example[]): (readonly number[])[] {
    const missing = examples.filter((example) => example.kind !== 'sft' && !this.#known.has(example));
    const requests = missing.map((example) => ({ ...withMismatched(example), adapters: [] }));
    const scored = scoreRequests(this.#model, requests);
    for (const [i, example] of missing.entries()) this.#known.set(example, scored[i] ?? []);
    return examples.map((example) => this.#known.get(example) ?? []);
  }
}

const withMismatched = ({ prompt, completions, mismatched }: Example) => ({
  prompt,
  completions: mismatched === undefined ? completions : [...completions, mismatched],
});

type Shares = Pick<StepTotals, 'sftShare' | 'preferenceShare' | 'beta'>;

/** Forward and backward over the examples of one optimizer step; the gradient of the mean loss stays in the arena. */
export function gradientStep(
  model: Model,
  trainable: Trainable,
  examples: readonly Example[],
  reference: Reference,
  shares: Shares,
): StepSums {
  const known = new Map(reference.of(examples).map((values, i) => [examples[i], values]));
  const referenceOf = (example: Example): readonly number[] => known.get(example) ?? [];
  const totals = totalsOf(model, trainable, examples, referenceOf, shares);
  const sums: StepSums = { loss: 0, sft: 0, preference: 0, tokens: 0, right: 0, preferences: 0 };
  for (const batch of batches(examples)) {
    for (const [i, part] of gradientBatch(model, trainable, batch, referenceOf, totals).entries()) {
      addTo(sums, part, batch[i]);
    }
  }
  return sums;
}

function addTo(sums: StepSums, part: Contribution, example: Example | undefined): void {
  sums.sft += part.sft;
  sums.preference += part.preference;
  sums.loss += part.sft + part.preference;
  sums.tokens += example === undefined ? 0 : tokensOf(example);
  if (part.isRight === undefined) return;
  sums.preferences += 1;
  sums.right += part.isRight ? 1 : 0;
}

function totalsOf(
  model: Model,
  trainable: Trainable,
  examples: readonly Example[],
  referenceOf: (example: Example) => readonly number[],
  shares: Shares,
): StepTotals {
  const imitated = examples.filter(isImitated);
  return {
    ...shares,
    sftTokens: imitated.reduce((sum, { completions: [answer = []] }) => sum + answer.length, 0),
    preferences: examples.filter(({ kind }) => kind !== 'sft').length,
    divergence: divergenceOf(model, trainable, examples, referenceOf),
  };
}

/** KTO's estimate of the divergence: mean log-ratio of mismatched answers, at least 0; with one example there is none. */
function divergenceOf(
  model: Model,
  trainable: Trainable,
  examples: readonly Example[],
  referenceOf: (example: Example) => readonly number[],
): number {
  const singles = examples.filter(({ kind }) => kind === 'single');
  if (singles.length < 2) return 0;
  const requests = singles.map(({ prompt, mismatched = [] }) => ({
    prompt,
    completions: [mismatched],
    adapters: [trainable.loras],
  }));
  const scored = scoreRequests(model, requests);
  const ratios = singles.map((example, i) => (scored[i]?.[0] ?? 0) - (referenceOf(example).at(-1) ?? 0));
  return Math.max(0, ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length);
}

/** One forward and one backward pass: a prompt is computed once for all that is asked of it. */
function gradientBatch(
  model: Model,
  trainable: Trainable,
  examples: readonly Example[],
  referenceOf: (example: Example) => readonly number[],
  totals: StepTotals,
): Contribution[] {
  const { arena, kernels, config, logitWidth } = model;
  const mark = arena.mark();
  const whole = [{ adapters: [trainable.loras] }];
  const requests = examples.map(({ prompt, completions }) => ({ prompt, completions, adapters: [] }));
  const { plan: planned, targets } = planCompletions(requests);
  // All rows are under one adapter: one group instead of one for each example.
  const grouped = <Rows extends { readonly count: number }>(rows: Rows) => ({
    ...rows,
    groups: whole.map((group) => ({ ...group, at: 0, length: rows.count })),
  });
  const plan = { tokens: planned.tokens, all: grouped(planned.all), outputs: grouped(planned.outputs) };
  const result = forward(model, plan, { keep: true });
  const rows = plan.outputs.count;
  const logits = project(model, result.hidden, rows);
  const scored = logProbabilities(model, logits, rows, targets.flat());
  const policies = chunks(scored, targets);
  const parts = examples.map((example, i) => contribution(example, policies[i] ?? [], referenceOf(example), totals));
  const slopes = parts.flatMap((part) => part.slopes);
  logitGradient(model, logits, rows, targets.flat(), slopes);
  const dHidden = arena.floats(rows * config.hiddenSize);
  const left = { at: logits, rowStride: 4 * logitWidth, columnStride: 4 };
  const out = { at: dHidden, rowStride: 4 * config.hiddenSize };
  kernels.gemm(left, model.output.backward, out, rows, config.hiddenSize, config.vocabSize, false);
  backward(model, plan, result, dHidden, trainable.pairs);
  arena.reset(mark);
  return parts;
}
