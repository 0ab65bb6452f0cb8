import { tinyAdapter } from '@continuum/testing/tiny-model';
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import { passSafetyGate } from '../../src/training/items.ts';
import { contribution, type Example } from '../../src/training/objective.ts';
import { rateAt } from '../../src/training/optimizer.ts';
import { createTraining, type Training } from '../../src/training.ts';
import { imitations, longPairs, pairs, singles, toyOptions, toyWeights } from './toy.ts';

const weights = toyWeights();
const mixed = [...pairs(5), ...longPairs(3), ...imitations(2), ...singles(4)];

const finish = (training: Training): Training => {
  while (training.stepNumber < training.steps) training.step();
  return training;
};

describe('a training', () => {
  test('gives the same bits again, and others under another seed', () => {
    const train = (seed: number) => finish(createTraining(weights, mixed, toyOptions({ seed }))).adapter();
    expect(train(1)).toEqual(train(1));
    expect(train(1)).not.toEqual(train(2));
  });

  test('that was cut short and resumed gives the bits of one that was not', () => {
    const whole = finish(createTraining(weights, mixed, toyOptions()));
    for (const cut of [1, 3, 5]) {
      const first = createTraining(weights, mixed, toyOptions());
      for (let i = 0; i < cut; i += 1) first.step();
      const second = createTraining(weights, mixed, toyOptions());
      second.restore(first.checkpoint());
      expect(second.stepNumber).toBe(cut);
      finish(second);
      expect(second.checkpoint()).toEqual(whole.checkpoint());
      expect(second.adapter()).toEqual(whole.adapter());
      expect(second.metrics()).toEqual(whole.metrics());
    }
  });

  test('refuses a damaged checkpoint and one of another job', () => {
    const training = createTraining(weights, mixed, toyOptions());
    const checkpoint = training.checkpoint();
    const refused = expect.objectContaining({ code: 'TRAINING_FAILED' });
    for (const at of [0, 10, checkpoint.length - 1]) {
      const damaged = checkpoint.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => training.restore(damaged)).toThrow(refused);
    }
    expect(() => training.restore(checkpoint.slice(0, -4))).toThrow(refused);
    expect(() => createTraining(weights, mixed, toyOptions({ seed: 2 })).restore(checkpoint)).toThrow(refused);
  });

  test('learns a toy task: what is chosen depends on the prompt', () => {
    const items = pairs(16);
    const training = finish(createTraining(weights, items, toyOptions({ epochs: 30, learningRate: 1e-2, batch: 8 })));
    const engine = createEngine(weights);
    const adapter = engine.prepare(training.adapter());
    for (const { prompt, chosen = [], rejected = [] } of items) {
      const [[wanted = 0, other = 0] = []] = engine.score([
        { prompt, completions: [chosen, rejected], adapters: [adapter] },
      ]);
      expect(wanted).toBeGreaterThan(other);
    }
    expect(training.metrics().preferenceAccuracy).toBeGreaterThan(0.8);
  });

  test('sums gradients: two halves before one move are one whole', () => {
    const whole = finish(createTraining(weights, mixed, toyOptions({ batch: 4, accumulate: 1 }))).adapter();
    const halves = finish(createTraining(weights, mixed, toyOptions({ batch: 2, accumulate: 2 }))).adapter();
    expect(halves.modules).toEqual(whole.modules);
  });

  test('on top of parents begins where their sum stands', () => {
    const parents = [tinyAdapter(weights.config, 1, 2), tinyAdapter(weights.config, 2, 3)];
    const training = createTraining(
      weights,
      pairs(8),
      toyOptions({ parents, batch: 8, sftWeight: 1, preferenceWeight: 0 }),
    );
    const engine = createEngine(weights);
    const prepared = parents.map((parent) => engine.prepare(parent));
    const items = pairs(8);
    const scores = engine.score(
      items.map(({ prompt, chosen = [] }) => ({ prompt, completions: [chosen], adapters: prepared })),
    );
    const expected = -items.reduce((sum, { weight }, i) => sum + weight * (scores[i]?.[0] ?? 0), 0) / 8;
    expect(training.step().loss).toBeCloseTo(expected, 4);
  });

  test('counts each distinct sequence once', () => {
    const [item] = pairs(1);
    const { tokens } = createTraining(weights, pairs(1), toyOptions()).step();
    expect(tokens).toBe(2 * ((item?.prompt.length ?? 0) + 1));
  });

  test('refuses to begin with nothing to learn', () => {
    expect(() => createTraining(weights, [], toyOptions())).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });
});

describe('channels', () => {
  test('share the loss by their weights; one without data gives its share away', () => {
    const lossOf = (items: typeof mixed, sftWeight: number, preferenceWeight: number): number =>
      createTraining(weights, items, toyOptions({ sftWeight, preferenceWeight, batch: 16 })).step().loss;
    expect(lossOf(pairs(4), 2, 3)).toBeCloseTo(lossOf(pairs(4), 2, 0) + lossOf(pairs(4), 0, 3), 5);
    expect(lossOf(imitations(4), 0, 3)).toBeCloseTo(lossOf(imitations(4), 3, 0), 5);
    const unwanted = singles(6).filter(({ desirable }) => desirable === false);
    expect(lossOf(unwanted, 2, 1)).toBeCloseTo(lossOf(unwanted, 0, 3), 5);
  });

  test('begin at log 2 for DPO and at a half for KTO, times the mean weight', () => {
    const loss = (items: typeof mixed): number =>
      createTraining(weights, items, toyOptions({ sftWeight: 0, preferenceWeight: 1, batch: 16 })).step().loss;
    const meanWeight = (items: typeof mixed): number =>
      items.reduce((sum, { weight }) => sum + weight, 0) / items.length;
    expect(loss(longPairs(5))).toBeCloseTo(Math.LN2 * meanWeight(longPairs(5)), 5);
    expect(loss(singles(5))).toBeCloseTo(0.5 * meanWeight(singles(5)), 5);
  });

  test('follow KTO: 1 - s(beta (ratio - divergence)), turned round for an unwanted answer', () => {
    const totals = { sftShare: 0, preferenceShare: 1, sftTokens: 0, preferences: 1, divergence: 0.5, beta: 0.1 };
    const of = (desirable: boolean) => {
      const [item] = singles(1);
      if (item === undefined) throw new Error('an item');
      const example: Example = {
        item: { ...item, desirable, weight: 1 },
        kind: 'single',
        prompt: item.prompt,
        completions: [[1]],
        mismatched: [2],
      };
      return contribution(example, [-3], [-5], totals);
    };
    const sigmoid = 1 / (1 + Math.exp(-0.1 * (2 - 0.5)));
    expect(of(true).preference).toBeCloseTo(1 - sigmoid, 10);
    expect(of(false).preference).toBeCloseTo(sigmoid, 10);
    expect(of(true).slopes[0]).toBeCloseTo(-0.1 * sigmoid * (1 - sigmoid), 10);
    expect(of(false).slopes[0]).toBeCloseTo(0.1 * sigmoid * (1 - sigmoid), 10);
  });
});

describe('the safety gate', () => {
  const [pair, harmless] = pairs(2).map((item, i) => ({ ...item, safety: i === 0, teachesSkip: true }));
  if (pair === undefined || harmless === undefined) throw new Error('two pairs');

  test('leaves dangerous skips out, weighs them down or turns them round, and nothing else', () => {
    expect(passSafetyGate([pair, harmless], 'skip')).toEqual([harmless]);
    expect(passSafetyGate([pair, harmless], 'down-weight')).toEqual([{ ...pair, weight: pair.weight / 10 }, harmless]);
    const [turned] = passSafetyGate([pair], 'invert');
    expect(turned).toMatchObject({ chosen: pair.rejected, rejected: pair.chosen });
    const posts = { ...pair, teachesSkip: false };
    expect(passSafetyGate([posts], 'skip')).toEqual([posts]);
  });

  test('turns a single wanted skip into an unwanted one', () => {
    const { rejected: _, ...single } = pair;
    expect(passSafetyGate([single], 'invert')[0]).toMatchObject({ rejected: pair.chosen, desirable: false });
  });
});

test('the rate climbs in a line and falls as a cosine', () => {
  const rates = Array.from({ length: 10 }, (_, step) => rateAt(step, 10, 1, 0.2));
  expect(rates.slice(0, 3)).toEqual([0.5, 1, 1]);
  expect(rates[6]).toBeCloseTo(0.5, 10);
  expect(rates.at(-1)).toBeLessThan(0.05);
});
