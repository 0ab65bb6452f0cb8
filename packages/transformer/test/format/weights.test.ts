import { tinyWeights } from '@continuum/testing/tiny-model';
import { describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/format/safetensors.ts';
import { readBaseModel, tensorShapes, writeBaseModel } from '../../src/format/weights.ts';
import { refusal } from './damage.ts';

const weights = tinyWeights();
const files = writeBaseModel(weights);
const withConfig = (change: object) => ({
  ...files,
  configJson: JSON.stringify({ ...JSON.parse(files.configJson), ...change }),
});

test.each([true, false])('a base model reads back as it was (tied embeddings: %s)', (tieWordEmbeddings) => {
  const base = tinyWeights({ tieWordEmbeddings });
  expect(readBaseModel(writeBaseModel(base))).toEqual(base);
});

test('the rotary base is read where transformers 5 puts it', () => {
  const moved = { rope_theta: undefined, rope_parameters: { rope_theta: 500_000, rope_type: 'default' } };
  expect(readBaseModel(withConfig(moved)).config.ropeTheta).toBe(500_000);
});

describe('what the engine does not know is refused', () => {
  test.each<[string, object]>([
    ['another architecture', { model_type: 'qwen2' }],
    ['biases', { attention_bias: true }],
    ['another activation', { hidden_act: 'gelu' }],
    ['scaled positions', { rope_scaling: { rope_type: 'yarn', factor: 4 } }],
    ['scaled positions, where transformers 5 puts them', { rope_parameters: { rope_type: 'llama3', factor: 8 } }],
    ['heads that do not add up', { head_dim: 32 }],
    ['heads of no whole size', { num_attention_heads: 5, head_dim: null }],
    ['key-value heads that are not shared evenly', { num_key_value_heads: 3 }],
    ['weights of another size', { intermediate_size: 97 }],
    ['more layers than there are', { num_hidden_layers: 3 }],
    ['fewer layers than there are', { num_hidden_layers: 1 }],
  ])('%s', (_what, change) => {
    expect(refusal(() => readBaseModel(withConfig(change)))).toBe('CONFIG_INVALID');
  });

  test('text that is no JSON, weights that are damaged', () => {
    expect(refusal(() => readBaseModel({ ...files, configJson: '<html>' }))).toBe('CONFIG_INVALID');
    expect(refusal(() => readBaseModel({ ...files, safetensors: files.safetensors.subarray(1) }))).toBe(
      'LAYER_CORRUPT',
    );
  });

  test('a tied model may carry its output projection a second time', () => {
    const tensors = [...tensorShapes(weights.config)].map(
      ([name, shape]) => [name, { shape, data: weights.tensors.get(name) ?? new Float32Array() }] as const,
    );
    const copy = tensors.flatMap(([name, tensor]) =>
      name === 'model.embed_tokens.weight' ? [['lm_head.weight', tensor] as const] : [],
    );
    expect(readBaseModel({ ...files, safetensors: writeSafetensors([...tensors, ...copy]) })).toEqual(weights);
  });
});
