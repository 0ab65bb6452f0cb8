import { init, numpy as np } from '@jax-js/jax';
import { expect, test } from 'vitest';
import { loadModel } from '../../src/model.ts';
import { mulberry32 } from '../../src/random.ts';
import { toExamples } from '../../src/training/objective.ts';
import { gradientStep, Reference } from '../../src/training/step.ts';
import { createTrainable } from '../../src/training/trainable.ts';
import { jaxGradients, type Parameters } from './jax-llama.ts';
import { pairs, toyWeights } from './toy.ts';

test('gradients of SFT and DPO through every module are those of jax-js', async () => {
  await init();
  const weights = toyWeights();
  const model = loadModel(weights, { backward: true });
  const targets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
  const trainable = createTrainable(model, { rank: 4, alpha: 8, targets, seed: 1 });
  const random = mulberry32(5);
  trainable.parameters.forEach((value, i) => {
    trainable.parameters[i] = value + 0.2 * (random() - 0.5);
  });
  const [item] = pairs(1).map((pair) => ({ ...pair, weight: 1 }));
  if (item === undefined) throw new Error('an item');
  const examples = toExamples([item]);
  const reference = new Reference(model);
  const beta = 0.5;
  trainable.publish();
  trainable.clear();
  gradientStep(model, trainable, examples, reference, { sftShare: 1, preferenceShare: 1, beta });
  trainable.collect();
  const gradient = trainable.gradient.slice();

  const parameters: Parameters = {};
  for (const [name, { a, b }] of trainable.adapter().modules) {
    parameters[`${name}.a`] = np.array(new Float32Array(a)).reshape([4, a.length / 4]);
    parameters[`${name}.b`] = np.array(new Float32Array(b)).reshape([b.length / 4, 4]);
  }
  const [chosen = 0, rejected = 0] = [item.chosen?.[0], item.rejected?.[0]];
  const [known = []] = reference.of(examples);
  const about = { scale: 2, prompt: item.prompt, chosen, rejected, reference: known, beta };
  const expected = jaxGradients(weights, parameters, about);

  let next = 0;
  for (const name of trainable.adapter().modules.keys()) {
    for (const part of ['a', 'b']) {
      const theirs = Float32Array.from((await expected[`${name}.${part}`]?.data()) ?? []);
      const ours = gradient.subarray(next, next + theirs.length);
      const size = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const furthest = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - (theirs[i] ?? 0))), 0);
      expect(size, `${name}.${part}`).toBeGreaterThan(0);
      expect(furthest, `${name}.${part}`).toBeLessThan(2e-4 * size + 1e-6);
      next += theirs.length;
    }
  }
  expect(next).toBe(gradient.length);
});
