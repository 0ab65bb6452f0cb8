import type { ModelConfig, ModelWeights } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.ts';

const Size = z.number().int().positive();
/** `config.json` of a Llama in Hugging Face's layout; both the old and the new place of the rotary base are read. */
const HfConfig = z.looseObject({
  model_type: z.literal('llama'),
  vocab_size: Size,
  hidden_size: Size,
  num_hidden_layers: Size,
  num_attention_heads: Size,
  num_key_value_heads: Size.nullish(),
  intermediate_size: Size,
  head_dim: Size.nullish(),
  rope_theta: z.number().positive().nullish(),
  rope_parameters: z
    .looseObject({ rope_theta: z.number().positive().optional(), rope_type: z.literal('default').optional() })
    .nullish(),
  rope_scaling: z.null('scaled rotary positions are not built').optional(),
  rms_norm_eps: z.number().positive().default(1e-6),
  max_position_embeddings: Size.default(2048),
  tie_word_embeddings: z.boolean().default(false),
  hidden_act: z.literal('silu').default('silu'),
  attention_bias: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
});

function unreadable(why: string): ContinuumError {
  return new ContinuumError('CONFIG_INVALID', `This is no base model that the engine knows: ${why}.`, {
    next: 'Give the folder of a Llama without biases or scaled positions, in Hugging Face layout.',
  });
}

/** The shape of a model from the text of its `config.json`. Throws CONFIG_INVALID for anything but a plain Llama. */
export function readModelConfig(configJson: string): ModelConfig {
  const parsed = HfConfig.safeParse(parseJson(configJson));
  if (!parsed.success) throw unreadable(`config.json: ${z.prettifyError(parsed.error)}`);
  const hf = parsed.data;
  const heads = hf.num_attention_heads;
  const kvHeads = hf.num_key_value_heads ?? heads;
  const headSize = hf.hidden_size / heads;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0) throw unreadable('its heads have no even size');
  if ((hf.head_dim ?? headSize) !== headSize) throw unreadable('its heads do not add up to its hidden size');
  if (heads % kvHeads !== 0) throw unreadable('its heads do not share key-value heads evenly');
  return {
    vocabSize: hf.vocab_size,
    hiddenSize: hf.hidden_size,
    layers: hf.num_hidden_layers,
    heads,
    kvHeads,
    intermediateSize: hf.intermediate_size,
    ropeTheta: hf.rope_parameters?.rope_theta ?? hf.rope_theta ?? 10_000,
    rmsNormEps: hf.rms_norm_eps,
    maxPositions: hf.max_position_embeddings,
    tieWordEmbeddings: hf.tie_word_embeddings,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable('its config.json is no JSON');
  }
}

/** Every tensor of a model by its Hugging Face name, with its shape: `[out, in]`, `[size]` for the norms. */
export function tensorShapes(config: ModelConfig): Map<string, readonly number[]> {
  const { hiddenSize: hidden, intermediateSize: inner, vocabSize } = config;
  const kv = (hidden / config.heads) * config.kvHeads;
  const shapes = new Map<string, readonly number[]>([['model.embed_tokens.weight', [vocabSize, hidden]]]);
  for (let layer = 0; layer < config.layers; layer += 1) {
    const block = `model.layers.${layer}`;
    shapes.set(`${block}.input_layernorm.weight`, [hidden]);
    shapes.set(`${block}.self_attn.q_proj.weight`, [hidden, hidden]);
    shapes.set(`${block}.self_attn.k_proj.weight`, [kv, hidden]);
    shapes.set(`${block}.self_attn.v_proj.weight`, [kv, hidden]);
    shapes.set(`${block}.self_attn.o_proj.weight`, [hidden, hidden]);
    shapes.set(`${block}.post_attention_layernorm.weight`, [hidden]);
    shapes.set(`${block}.mlp.gate_proj.weight`, [inner, hidden]);
    shapes.set(`${block}.mlp.up_proj.weight`, [inner, hidden]);
    shapes.set(`${block}.mlp.down_proj.weight`, [hidden, inner]);
  }
  shapes.set('model.norm.weight', [hidden]);
  if (!config.tieWordEmbeddings) shapes.set('lm_head.weight', [vocabSize, hidden]);
  return shapes;
}

/**
 * A base model from the text of `config.json` and the bytes of `model.safetensors`. Throws CONFIG_INVALID for another
 * architecture or weights that do not fit the configuration, LAYER_CORRUPT for a damaged weights file.
 */
export function readBaseModel(files: { readonly configJson: string; readonly safetensors: Uint8Array }): ModelWeights {
  const config = readModelConfig(files.configJson);
  const { tensors } = readSafetensors(files.safetensors);
  const shapes = tensorShapes(config);
  const taken = [...shapes].map(([name, shape]) => [name, take(tensors, name, shape)] as const);
  // A tied model may carry its output projection a second time; it is the embedding.
  const extra = [...tensors.keys()].find((name) => !shapes.has(name) && name !== 'lm_head.weight');
  if (extra !== undefined) throw unreadable(`it has a tensor "${extra}"`);
  return { config, tensors: new Map(taken) };
}

function take(tensors: ReadonlyMap<string, Tensor>, name: string, shape: readonly number[]): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw unreadable(`the tensor "${name}" is missing`);
  if (tensor.shape.join() !== shape.join()) {
    throw unreadable(`"${name}" is [${tensor.shape.join(', ')}], its config.json says [${shape.join(', ')}]`);
  }
  return tensor.data;
}

/** A base model as Hugging Face lays it out: the text of `config.json` and the bytes of `model.safetensors`. */
export function writeBaseModel(weights: ModelWeights): {
  readonly configJson: string;
  readonly safetensors: Uint8Array;
} {
  const shapes = tensorShapes(weights.config);
  const tensors = [...shapes].map(([name, shape]) => {
    const data = weights.tensors.get(name);
    if (data === undefined) throw unreadable(`the tensor "${name}" is missing`);
    return [name, { shape, data }] as const;
  });
  return { configJson: toConfigJson(weights.config), safetensors: writeSafetensors(tensors, { format: 'pt' }) };
}

function toConfigJson(config: ModelConfig): string {
  const hf = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.hiddenSize / config.heads,
    max_position_embeddings: config.maxPositions,
    rms_norm_eps: config.rmsNormEps,
    rope_theta: config.ropeTheta,
    tie_word_embeddings: config.tieWordEmbeddings,
    hidden_act: 'silu',
    attention_bias: false,
    mlp_bias: false,
    bos_token_id: null,
    eos_token_id: null,
    torch_dtype: 'float32',
  };
  return `${JSON.stringify(hf, null, 2)}\n`;
}
