import { describe, expect, test } from 'vitest';
import { loadModel } from '../../src/model.ts';
import { mulberry32 } from '../../src/random.ts';
import { channelShares, toExamples } from '../../src/training/objective.ts';
import { gradientStep, Reference } from '../../src/training/step.ts';
import { createTrainable } from '../../src/training/trainable.ts';
import { imitations, longPairs, pairs, singles, toyWeights } from './toy.ts';

const TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
const LOSSES = {
  'SFT on answers of several tokens': imitations(3),
  'SFT and DPO on answers of one token': pairs(3),
  'the choice beside what is known of it, and DPO': pairs(3).map((item, i) => ({ ...item, offset: 0.9 - i })),
  'SFT and DPO on answers of several tokens': longPairs(3),
  // One single answer a step: the divergence of more depends on the parameters, and has no gradient by design.
  'SFT and KTO on a wanted answer': [...imitations(2), ...singles(1)],
  'KTO on an unwanted answer': singles(2).slice(1),
};

function setUp(items: (typeof LOSSES)[keyof typeof LOSSES], kernel: 'simd' | 'scalar', beta: number) {
  const model = loadModel(toyWeights(), { backward: true, kernel });
  const trainable = createTrainable(model, { rank: 4, alpha: 8, targets: TARGETS, seed: 1 });
  // B is zero at the start, and so would be every gradient of A.
  const random = mulberry32(5);
  trainable.parameters.forEach((value, i) => {
    trainable.parameters[i] = value + 0.2 * (random() - 0.5);
  });
  const examples = toExamples(items);
  const reference = new Reference(model);
  const shares = { ...channelShares(examples, { sftWeight: 1, preferenceWeight: 2 }), beta };
  const loss = (): number => {
    trainable.publish();
    trainable.clear();
    return gradientStep(model, trainable, examples, reference, shares).loss;
  };
  return { trainable, loss };
}

describe.each(Object.entries(LOSSES))('gradients of %s', (_, items) => {
  const beta = 0.7;

  test('agree with differences of the loss for every module, along random directions', () => {
    const { trainable, loss } = setUp(items, 'scalar', beta);
    loss();
    trainable.collect();
    const gradient = trainable.gradient.slice();
    const start = trainable.parameters.slice();
    const random = mulberry32(9);
    const perModule = Math.floor(start.length / (2 * TARGETS.length));
    for (let module = 0; module < 2 * TARGETS.length; module += 1) {
      const from = module * perModule;
      const direction = start.map((__, i) => (i >= from && i < from + perModule ? random() - 0.5 : 0));
      const slope = gradient.reduce((sum, value, i) => sum + value * (direction[i] ?? 0), 0);
      const at = (step: number): number => {
        trainable.parameters.set(start.map((value, i) => value + step * (direction[i] ?? 0)));
        return loss();
      };
      const step = 2e-3;
      const measured = (at(step) - at(-step)) / (2 * step);
      expect(Math.abs(measured - slope)).toBeLessThan(2e-3 * Math.max(0.05, Math.abs(slope)) + 2e-4);
    }
  });

  test('are the same from SIMD and from plain TypeScript', () => {
    const [fast, plain] = [setUp(items, 'simd', beta), setUp(items, 'scalar', beta)];
    expect(fast.loss()).toBeCloseTo(plain.loss(), 5);
    fast.trainable.collect();
    plain.trainable.collect();
    const largest = plain.trainable.gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const furthest = plain.trainable.gradient.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (fast.trainable.gradient[i] ?? 0))),
      0,
    );
    expect(furthest).toBeLessThan(1e-4 * largest);
  });
});
