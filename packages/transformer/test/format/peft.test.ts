import type { ModelConfig } from '@continuum/contract/adapter';
import { tinyAdapter, tinyWeights } from '@continuum/testing/tiny-model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromPeft, type PeftFiles, toPeft } from '../../src/format/peft.ts';
import { readSafetensors, type Tensor, writeSafetensors } from '../../src/format/safetensors.ts';
import { flip, refusal } from './damage.ts';

const { config: model } = tinyWeights({ hiddenSize: 8, intermediateSize: 12, heads: 2, kvHeads: 1 });
const adapter = tinyAdapter(model, 3, 2);
const files = toPeft(adapter, { base: 'tiny' });

const withConfig = (change: object): PeftFiles => ({
  ...files,
  config: JSON.stringify({ ...JSON.parse(files.config), ...change }),
});
function withTensors(change: (tensors: Map<string, Tensor>) => void): PeftFiles {
  const tensors = new Map(readSafetensors(files.weights).tensors);
  change(tensors);
  return { ...files, weights: writeSafetensors(tensors) };
}
const Q = 'base_model.model.model.layers.0.self_attn.q_proj';

test('an adapter reads back as it was, and writes the same bytes', () => {
  const read = fromPeft(files, model);
  expect(read).toEqual(adapter);
  expect(toPeft(read, { base: 'tiny' })).toEqual(files);
});

test('a number that is not finite is seen wherever it stands, extreme ones are kept', () => {
  const number = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  fc.assert(
    fc.property(number, fc.nat(), fc.integer({ min: 1, max: 5 }), (value, at, rank) => {
      const some = tinyAdapter(model, 1, rank, ['down_proj']);
      const matrix = some.modules.get('layers.1.down_proj')?.a ?? new Float32Array();
      matrix.set([3.4028234663852886e38, -3.4028234663852886e38, 1e-45, -0]);
      expect(fromPeft(toPeft(some, { base: 'tiny' }), model)).toEqual(some);
      matrix[at % matrix.length] = value;
      expect(refusal(() => fromPeft(toPeft(some, { base: 'tiny' }), model))).toBe('LAYER_CORRUPT');
    }),
  );
});

test('some targets only, of any rank', () => {
  fc.assert(
    fc.property(
      fc.subarray([...adapter.targets], { minLength: 1 }),
      fc.integer({ min: 1, max: 9 }),
      (targets, rank) => {
        const some = tinyAdapter(model, 1, rank, targets);
        expect(fromPeft(toPeft(some, { base: 'tiny' }), model)).toEqual(some);
      },
    ),
    { numRuns: 30 },
  );
});

describe('an adapter that is not plain LoRA is refused', () => {
  test.each<[string, object]>([
    ['a bias', { bias: 'lora_only' }],
    ['a bias of LoRA itself', { lora_bias: true }],
    ['DoRA', { use_dora: true }],
    ['rsLoRA', { use_rslora: true }],
    ['transposed weights', { fan_in_fan_out: true }],
    ['modules saved whole', { modules_to_save: ['lm_head'] }],
    ['ranks that differ', { rank_pattern: { q_proj: 4 } }],
    ['alphas that differ', { alpha_pattern: { q_proj: 4 } }],
    ['an initialisation that changed the base', { init_lora_weights: 'pissa' }],
    ['some layers only', { layers_to_transform: [0] }],
    ['a setting that nobody knows yet', { use_next_years_lora: true }],
    ['another method', { peft_type: 'IA3' }],
    ['an unknown target', { target_modules: ['q_proj', 'lm_head'] }],
    ['a target named twice', { target_modules: ['q_proj', 'q_proj'] }],
    ['targets by a pattern', { target_modules: '.*_proj' }],
    ['no rank', { r: 0 }],
  ])('%s', (_what, change) => {
    expect(refusal(() => fromPeft(withConfig(change), model))).toBe('LAYER_INCOMPATIBLE');
  });
});

describe('an adapter of another model is refused', () => {
  test.each<[string, Partial<ModelConfig>]>([
    ['wider', { hiddenSize: 16 }],
    ['of fewer layers', { layers: 1 }],
    ['of more key-value heads', { kvHeads: 2 }],
    ['of another inner size', { intermediateSize: 10 }],
  ])('%s', (_what, change) => {
    expect(refusal(() => fromPeft(files, { ...model, ...change }))).toBe('LAYER_INCOMPATIBLE');
  });

  test('a module that its configuration does not name', () => {
    expect(refusal(() => fromPeft(withConfig({ target_modules: ['q_proj'] }), model))).toBe('LAYER_INCOMPATIBLE');
  });
});

describe('damage is refused', () => {
  test.each<[string, PeftFiles]>([
    ['text that is no JSON', { ...files, config: '{' }],
    ['one half missing', withTensors((tensors) => tensors.delete(`${Q}.lora_A.weight`))],
    [
      'a whole module missing',
      withTensors((tensors) => [tensors.delete(`${Q}.lora_A.weight`), tensors.delete(`${Q}.lora_B.weight`)]),
    ],
    ['no module at all', withTensors((tensors) => tensors.clear())],
    ['another rank than it says', withConfig({ r: 3 })],
    [
      'a number that is none',
      withTensors((tensors) =>
        tensors.set(`${Q}.lora_A.weight`, { shape: [2, 8], data: new Float32Array(16).fill(Number.NaN) }),
      ),
    ],
  ])('%s', (_what, damaged) => {
    expect(refusal(() => fromPeft(damaged, model))).toBe('LAYER_CORRUPT');
  });

  test('any turned bit gives a clear refusal or an adapter of the same shape', () => {
    fc.assert(
      fc.property(fc.nat(), (bit) => {
        const read = (): unknown => fromPeft({ ...files, weights: flip(files.weights, bit) }, model);
        expect([undefined, 'LAYER_CORRUPT', 'LAYER_INCOMPATIBLE']).toContain(refusal(read));
      }),
      { numRuns: 500 },
    );
  });
});
