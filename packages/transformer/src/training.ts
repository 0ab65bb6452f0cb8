import type { Adapter, ModelWeights } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import type { TrainingOptions as JobOptions } from '@continuum/contract/training-job';
import { mergeAdapters } from './merge.ts';
import { type KernelChoice, loadModel } from './model.ts';
import { checkTokens } from './plan.ts';
import { mulberry32 } from './random.ts';
import { fnv, readCheckpoint, writeCheckpoint } from './training/checkpoint.ts';
import { passSafetyGate, type TokenizedItem } from './training/items.ts';
import { channelShares, type Example, toExamples } from './training/objective.ts';
import { adamW, clipNorm, rateAt } from './training/optimizer.ts';
import { gradientStep, Reference } from './training/step.ts';
import { createTrainable } from './training/trainable.ts';

/** The options of a job, and the frozen layers that the new one is trained on top of. */
export interface TrainingOptions extends JobOptions {
  readonly parents?: readonly Adapter[];
  readonly kernel?: KernelChoice;
}

/** What one optimizer step measured. */
export interface TrainingStep {
  /** Mean over the step's items, both channels. */
  readonly loss: number;
  /** Tokens of every distinct sequence (prompt with chosen, prompt with rejected), however often they were computed. */
  readonly tokens: number;
  readonly learningRate: number;
  /** Euclidean norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** A LoRA layer under training. The same inputs give the same bits on one machine, resumed or not. */
export interface Training {
  readonly steps: number;
  /** Steps done. */
  readonly stepNumber: number;
  /** Items that take part, after the safety gate. */
  readonly examples: number;
  /** One move of the optimizer. Throws TRAINING_FAILED after the last step, and when the loss is no number any more. */
  step(): TrainingStep;
  checkpoint(): Uint8Array;
  /** Goes on where a checkpoint of the same job was. Throws TRAINING_FAILED for a damaged one or one of another job. */
  restore(bytes: Uint8Array): void;
  /** The layer as it is now. */
  adapter(): Adapter;
  /** Means over all steps so far: `loss`, `sftLoss`, `preferenceLoss`, `preferenceAccuracy`; sums: `steps`, `tokens`. */
  metrics(): Record<string, number>;
}

const NO_SUMS = { loss: 0, sft: 0, preference: 0, tokens: 0, right: 0, preferences: 0 };

/**
 * Trains LoRA matrices by SFT on chosen answers together with DPO on pairs and KTO on single judged ones (LORA-1). Throws
 * INVALID_INPUT when the safety gate leaves nothing to learn or when tokens do not fit the model, LAYER_INCOMPATIBLE for
 * parents of another base.
 */
export function createTraining(
  weights: ModelWeights,
  items: readonly TokenizedItem[],
  options: TrainingOptions,
): Training {
  const examples = toExamples(passSafetyGate(items, options.safetyGate));
  if (examples.length === 0) {
    throw new ContinuumError('INVALID_INPUT', 'No item is left to learn from.', {
      next: 'Give items with a chosen answer, or change what the safety gate does.',
    });
  }
  for (const { prompt, completions } of examples) checkTokens(weights.config, prompt, completions);
  const base = mergeAdapters(weights, options.parents ?? []);
  const model = loadModel(base, { backward: true, kernel: options.kernel ?? 'simd' });
  const trainable = createTrainable(model, options);
  const reference = new Reference(model);
  const moments = {
    first: new Float32Array(trainable.parameters.length),
    second: new Float32Array(trainable.parameters.length),
  };
  const perStep = options.batch * options.accumulate;
  const perEpoch = Math.ceil(examples.length / perStep);
  const steps = options.epochs * perEpoch;
  const shares = { ...channelShares(examples, options), beta: options.beta };
  const fingerprint = fingerprintOf(weights, examples, options);
  let sums = { ...NO_SUMS };
  let done = 0;

  return {
    steps,
    examples: examples.length,
    get stepNumber() {
      return done;
    },
    step: () => {
      if (done >= steps) {
        throw new ContinuumError('TRAINING_FAILED', `All ${steps} steps are done.`, { next: 'Take the adapter.' });
      }
      const order = shuffled(examples, options.seed + Math.floor(done / perEpoch));
      const first = (done % perEpoch) * perStep;
      trainable.publish();
      trainable.clear();
      const seen = gradientStep(model, trainable, order.slice(first, first + perStep), reference, shares);
      trainable.collect();
      const gradientNorm = clipNorm(trainable.gradient, options.clip);
      if (!Number.isFinite(seen.loss + gradientNorm)) throw diverged(done);
      const learningRate = rateAt(done, steps, options.learningRate, options.warmUp);
      done += 1;
      const { weightDecay } = options;
      adamW(trainable.parameters, trainable.gradient, moments, { step: done, learningRate, weightDecay });
      sums = addSums(sums, seen);
      return { loss: seen.loss, tokens: seen.tokens, learningRate, gradientNorm };
    },
    checkpoint: () =>
      writeCheckpoint(
        { step: done, sums, numbers: [trainable.parameters, moments.first, moments.second] },
        fingerprint,
      ),
    restore: (bytes) => {
      const state = readCheckpoint(bytes, fingerprint);
      const targets = [trainable.parameters, moments.first, moments.second];
      for (const [i, target] of targets.entries()) target.set(state.numbers[i] ?? []);
      sums = addSums(NO_SUMS, state.sums);
      done = state.step;
    },
    adapter: () => trainable.adapter(),
    metrics: () => metricsOf(sums, done),
  };
}

function addSums(sums: typeof NO_SUMS, more: Readonly<Record<string, number>> | typeof NO_SUMS): typeof NO_SUMS {
  const given: Readonly<Record<string, number>> = { ...more };
  const sum = (name: keyof typeof NO_SUMS): number => sums[name] + (given[name] ?? 0);
  return {
    loss: sum('loss'),
    sft: sum('sft'),
    preference: sum('preference'),
    tokens: sum('tokens'),
    right: sum('right'),
    preferences: sum('preferences'),
  };
}

function metricsOf(sums: typeof NO_SUMS, steps: number): Record<string, number> {
  const mean = (sum: number): number => (steps === 0 ? 0 : sum / steps);
  return {
    steps,
    tokens: sums.tokens,
    loss: mean(sums.loss),
    sftLoss: mean(sums.sft),
    preferenceLoss: mean(sums.preference),
    ...(sums.preferences === 0 ? {} : { preferenceAccuracy: sums.right / sums.preferences }),
  };
}

/** Fisher and Yates' shuffle, of one epoch. */
function shuffled(examples: readonly Example[], seed: number): Example[] {
  const random = mulberry32(seed);
  const order = [...examples];
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [order[i], order[j]];
    if (a !== undefined && b !== undefined) [order[i], order[j]] = [b, a];
  }
  return order;
}

function fingerprintOf(weights: ModelWeights, examples: readonly Example[], options: TrainingOptions): string {
  const { parents = [], kernel: _, cpuShare: __, checkpointEvery: ___, ...rest } = options;
  const modules = parents.map((parent) => [...parent.modules].map(([name, { a, b }]) => [name, a[0], b[0], b.length]));
  const text = JSON.stringify([weights.config, examples.map(({ item }) => item), rest, modules]);
  return fnv(Buffer.from(text));
}

function diverged(step: number): ContinuumError {
  return new ContinuumError('TRAINING_FAILED', `The loss is no number any more after ${step} steps.`, {
    next: 'Lower the learning rate.',
  });
}
