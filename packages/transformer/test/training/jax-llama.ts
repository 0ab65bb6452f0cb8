import type { ModelConfig, ModelWeights } from '@continuum/contract/adapter';
import { grad, nn, numpy as np } from '@jax-js/jax';

type Value = np.Array;
/** LoRA matrices by `<module>.a` and `<module>.b`. */
export type Parameters = Record<string, Value>;

/* jax-js counts owners: an operation takes what it is given, `.ref` keeps it. */

const SUBMODULES = {
  q: 'self_attn',
  k: 'self_attn',
  v: 'self_attn',
  o: 'self_attn',
  gate: 'mlp',
  up: 'mlp',
  down: 'mlp',
};

function matrix(values: Float32Array, rows: number): Value {
  return np.array(new Float32Array(values)).reshape([rows, values.length / rows]);
}

/** Gradients by jax-js of `-log p(chosen) - log s(beta (ratio of chosen - ratio of rejected))` after one prompt. */
export function jaxGradients(
  weights: ModelWeights,
  parameters: Parameters,
  about: {
    readonly scale: number;
    readonly prompt: readonly number[];
    readonly chosen: number;
    readonly rejected: number;
    readonly reference: readonly number[];
    readonly beta: number;
  },
): Parameters {
  const loss = (given: Parameters): Value => {
    const logits = lastLogits(weights, given, about.scale, about.prompt);
    const logProbabilities = nn.logSoftmax(logits);
    const pick = (token: number): Value =>
      np.sum(logProbabilities.ref.mul(nn.oneHot(np.array(token, { dtype: np.int32 }), weights.config.vocabSize)));
    const [chosen, rejected] = [pick(about.chosen), pick(about.rejected)];
    const [first = 0, second = 0] = about.reference;
    const margin = chosen.ref
      .sub(rejected)
      .sub(first - second)
      .mul(about.beta);
    return nn.logSigmoid(margin).neg().sub(chosen);
  };
  return grad(loss)(parameters);
}

function lastLogits(weights: ModelWeights, parameters: Parameters, scale: number, prompt: readonly number[]): Value {
  const { config } = weights;
  const get = (name: string): Float32Array => weights.tensors.get(name) ?? new Float32Array();
  const { hiddenSize: d } = config;
  const embedding = get('model.embed_tokens.weight');
  const rows = prompt.flatMap((token) => [...embedding.subarray(token * d, (token + 1) * d)]);
  let x = matrix(Float32Array.from(rows), prompt.length);
  const norm = (input: Value, name: string): Value => {
    const mean = np.mean(input.ref.mul(input.ref), -1, { keepdims: true });
    return input.div(np.sqrt(mean.add(config.rmsNormEps))).mul(np.array(new Float32Array(get(name))));
  };
  for (let layer = 0; layer < config.layers; layer += 1) {
    const linear = (input: Value, short: keyof typeof SUBMODULES): Value => {
      const weight = get(`model.layers.${layer}.${SUBMODULES[short]}.${short}_proj.weight`);
      const inputs = input.shape.at(-1) ?? 1;
      const base = np.matmul(input.ref, matrix(weight, weight.length / inputs).transpose());
      const [a, b] = ['a', 'b'].map((part) => parameters[`layers.${layer}.${short}_proj.${part}`]?.ref);
      if (a === undefined || b === undefined) throw new Error(`no parameters of ${short}`);
      return base.add(np.matmul(np.matmul(input, a.transpose()), b.transpose()).mul(scale));
    };
    const normed = norm(x.ref, `model.layers.${layer}.input_layernorm.weight`);
    const [q, k, v] = [linear(normed.ref, 'q'), linear(normed.ref, 'k'), linear(normed, 'v')];
    x = x.add(linear(attention(config, q, k, v), 'o'));
    const middle = norm(x.ref, `model.layers.${layer}.post_attention_layernorm.weight`);
    const gated = nn.silu(linear(middle.ref, 'gate')).mul(linear(middle, 'up'));
    x = x.add(linear(gated, 'down'));
  }
  const last = norm(x, 'model.norm.weight').slice(prompt.length - 1);
  return np.matmul(matrix(embedding, config.vocabSize), last);
}

/** `[T, heads * size]` in and out. */
function attention(config: ModelConfig, q: Value, k: Value, v: Value): Value {
  const length = q.shape[0] ?? 0;
  const size = config.hiddenSize / config.heads;
  const byHead = (x: Value, heads: number): Value =>
    np.repeat(x.reshape([length, heads, size]).transpose([1, 0, 2]), config.heads / heads, 0);
  const [queries, keys, values] = [
    rotate(config, byHead(q, config.heads)),
    rotate(config, byHead(k, config.kvHeads)),
    byHead(v, config.kvHeads),
  ];
  const hidden = Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? -1e9 : 0));
  const scores = np.matmul(queries, keys.transpose([0, 2, 1])).div(Math.sqrt(size));
  const mask = matrix(Float32Array.from(hidden), length);
  const seen = np.matmul(nn.softmax(scores.add(mask), -1), values);
  return seen.transpose([1, 0, 2]).reshape([length, config.hiddenSize]);
}

function rotate(config: ModelConfig, x: Value): Value {
  const [, length = 0, size = 0] = x.shape;
  const half = size / 2;
  const angles = Array.from(
    { length: length * half },
    (_, i) => Math.floor(i / half) * config.ropeTheta ** (-(i % half) / half),
  );
  const table = (of: (angle: number) => number): Value => matrix(Float32Array.from(angles, of), length);
  const [cos, sin] = [table(Math.cos), table(Math.sin)];
  const [a, b] = np.split(x, 2, -1);
  if (a === undefined || b === undefined) throw new Error('two halves');
  const first = a.ref.mul(cos.ref).sub(b.ref.mul(sin.ref));
  return np.concatenate([first, b.mul(cos).add(a.mul(sin))], -1);
}
