import type { Adapter, ModelConfig, ModelWeights } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import { TargetModule } from '@continuum/contract/layer';
import { z } from 'zod';
import { corruptGguf } from './gguf/bytes.ts';
import { readGguf, writeGguf } from './gguf/file.ts';
import { reorderRows } from './gguf/rotary.ts';
import { tokenizerMetadata } from './gguf/tokenizer.ts';
import type { GgufValue } from './gguf/values.ts';
import { fromGgufName, ggufName } from './modules.ts';
import { assertSound, fromPeft, type PeftFiles, peftTensors, toPeft } from './peft.ts';
import { readSafetensors, rewriteSafetensors, type Tensor } from './safetensors.ts';
import { tensorShapes } from './weights.ts';

/** What GGUF has no place for, so that the way back is exact: alpha as a double, the order of targets, PEFT's two texts. */
const OWN = {
  alpha: 'continuum.lora.alpha',
  targets: 'continuum.lora.targets',
  config: 'continuum.peft.config',
  header: 'continuum.peft.header',
} as const;

const text = (value: string): GgufValue => ({ type: 'text', value });
const u32 = (value: number): GgufValue => ({ type: 'u32', value });
const f32 = (value: number): GgufValue => ({ type: 'f32', value });

/** A LoRA adapter as llama.cpp loads it, with the rows of Q and K in GGUF's rotary order. */
export function toGgufAdapter(adapter: Adapter, model: ModelConfig): Uint8Array {
  return write(adapter, model, []);
}

/** A PEFT folder as a GGUF adapter that carries all that `ggufToPeft` needs to give the same bytes again. */
export function peftToGguf(files: PeftFiles, model: ModelConfig): Uint8Array {
  return write(fromPeft(files, model), model, [
    [OWN.config, text(files.config)],
    [OWN.header, text(readSafetensors(files.weights).header)],
  ]);
}

function write(adapter: Adapter, model: ModelConfig, extra: readonly (readonly [string, GgufValue])[]): Uint8Array {
  assertSound(adapter, model);
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', text('llama')],
    ['general.type', text('adapter')],
    ['adapter.type', text('lora')],
    ['adapter.lora.alpha', f32(adapter.alpha)],
    [OWN.alpha, { type: 'f64', value: adapter.alpha }],
    [OWN.targets, { type: 'texts', value: adapter.targets }],
    ...extra,
  ]);
  const { rank } = adapter;
  const tensors = [...adapter.modules].flatMap(([name, { a, b }]): [string, Tensor][] => [
    [`${ggufName(name)}.weight.lora_a`, { shape: [rank, a.length / rank], data: a }],
    [
      `${ggufName(name)}.weight.lora_b`,
      { shape: [b.length / rank, rank], data: reorderRows(name, b, model, 'to-gguf') },
    ],
  ]);
  return writeGguf(metadata, new Map(tensors));
}

const Metadata = z.object({
  'general.architecture': z.literal('llama'),
  'general.type': z.literal('adapter'),
  'adapter.type': z.literal('lora'),
  'adapter.lora.alpha': z.number().positive(),
  [OWN.alpha]: z.number().positive().optional(),
  [OWN.targets]: z.array(TargetModule).optional(),
  [OWN.config]: z.string().optional(),
  [OWN.header]: z.string().optional(),
});
type Metadata = z.infer<typeof Metadata>;

/**
 * An adapter from the GGUF file that this module or llama.cpp's convert_lora_to_gguf.py wrote. Throws LAYER_CORRUPT for
 * damage, LAYER_INCOMPATIBLE for a file that is no LoRA of this model.
 */
export function fromGgufAdapter(bytes: Uint8Array, model: ModelConfig): Adapter {
  return read(bytes, model).adapter;
}

/** The PEFT folder again that `peftToGguf` was given, byte for byte; one freshly written for another tool's file. */
export function ggufToPeft(bytes: Uint8Array, model: ModelConfig, about: { readonly base: string }): PeftFiles {
  const { adapter, metadata } = read(bytes, model);
  const { [OWN.config]: config, [OWN.header]: header } = metadata;
  if (config === undefined || header === undefined) return toPeft(adapter, about);
  const files = { config, weights: rewriteSafetensors(header, peftTensors(adapter)) };
  const { alpha, rank } = fromPeft(files, model);
  if (alpha !== adapter.alpha || rank !== adapter.rank) throw corruptGguf('it contradicts the configuration in it');
  return files;
}

function read(bytes: Uint8Array, model: ModelConfig): { adapter: Adapter; metadata: Metadata } {
  const file = readGguf(bytes);
  const parsed = Metadata.safeParse(Object.fromEntries(file.metadata));
  if (!parsed.success) {
    throw new ContinuumError(
      'LAYER_INCOMPATIBLE',
      `This GGUF file is no LoRA of a Llama: ${z.prettifyError(parsed.error)}`,
      {
        next: 'Give a file that convert_lora_to_gguf.py or this project wrote.',
      },
    );
  }
  const metadata = parsed.data;
  return { adapter: toAdapter(file.tensors, metadata, model), metadata };
}

function toAdapter(tensors: ReadonlyMap<string, Tensor>, metadata: Metadata, model: ModelConfig): Adapter {
  const names = [...tensors.keys()].flatMap((name) => moduleOf(name) ?? []);
  const modules = [...new Set(names)].map((name) => {
    const [a, b] = ['a', 'b'].map((half) => tensors.get(`${ggufName(name)}.weight.lora_${half}`));
    if (a?.shape.length !== 2 || b?.shape.length !== 2 || a.shape[0] !== b.shape[1]) {
      throw corruptGguf(`the halves of ${name} do not fit together`);
    }
    return { name, rank: a.shape[0] ?? 0, a: a.data, b: b.data };
  });
  const rank = modules[0]?.rank ?? 0;
  if (rank === 0 || modules.some((each) => each.rank !== rank)) throw corruptGguf('its modules are of different ranks');
  const present = TargetModule.options.filter((target) => modules.some(({ name }) => name.endsWith(`.${target}`)));
  const adapter = {
    rank,
    alpha: readAlpha(metadata),
    targets: metadata[OWN.targets] ?? present,
    modules: new Map(modules.map(({ name, a, b }) => [name, { a, b }])),
  };
  // Sizes first: the rows of a matrix of another model have no order to be put into.
  assertSound(adapter, model);
  const reordered = modules.map(({ name, a, b }) => [name, { a, b: reorderRows(name, b, model, 'to-hf') }] as const);
  return { ...adapter, modules: new Map(reordered) };
}

function moduleOf(tensor: string): string {
  const [, name = ''] = /^(.+)\.weight\.lora_[ab]$/.exec(tensor) ?? [];
  const module = fromGgufName(name);
  if (module === undefined) {
    throw new ContinuumError('LAYER_INCOMPATIBLE', `The adapter changes "${tensor}", which is no linear module here.`, {
      next: `Train it on some of ${TargetModule.options.join(', ')}.`,
    });
  }
  return module;
}

/** The double, when the single that llama.cpp reads is its rounding. */
function readAlpha({ 'adapter.lora.alpha': single, [OWN.alpha]: double = single }: Metadata): number {
  if (Math.fround(double) !== single) throw corruptGguf('it names two different alphas');
  return double;
}

/** The model in GGUF, F32, with the tokenizer as metadata: what llama.cpp serves. Throws CONFIG_INVALID. */
export function toGgufModel(weights: ModelWeights, tokenizerJson: unknown): Uint8Array {
  const { config } = weights;
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', text('llama')],
    ['general.type', text('model')],
    ['general.name', text('continuum')],
    ['general.file_type', u32(0)],
    ['llama.block_count', u32(config.layers)],
    ['llama.context_length', u32(config.maxPositions)],
    ['llama.embedding_length', u32(config.hiddenSize)],
    ['llama.feed_forward_length', u32(config.intermediateSize)],
    ['llama.attention.head_count', u32(config.heads)],
    ['llama.attention.head_count_kv', u32(config.kvHeads)],
    ['llama.attention.layer_norm_rms_epsilon', f32(config.rmsNormEps)],
    ['llama.rope.dimension_count', u32(config.hiddenSize / config.heads)],
    ['llama.rope.freq_base', f32(config.ropeTheta)],
    ['llama.vocab_size', u32(config.vocabSize)],
    ...tokenizerMetadata(tokenizerJson, config.vocabSize),
  ]);
  const tensors = [...tensorShapes(config)].map(([name, shape]): [string, Tensor] => {
    const data = weights.tensors.get(name) ?? new Float32Array();
    return [ggufTensorName(name), { shape, data: reorderRows(name, data, config, 'to-gguf') }];
  });
  return writeGguf(metadata, new Map(tensors));
}

const WHOLE_MODEL: Readonly<Record<string, string>> = {
  'model.embed_tokens.weight': 'token_embd.weight',
  'model.norm.weight': 'output_norm.weight',
  'lm_head.weight': 'output.weight',
};

function ggufTensorName(name: string): string {
  const whole = WHOLE_MODEL[name];
  if (whole !== undefined) return whole;
  const [, layer, part] = /^model\.layers\.(\d+)\.(?:self_attn\.|mlp\.)?(\w+)\.weight$/.exec(name) ?? [];
  if (part === 'input_layernorm') return `blk.${layer}.attn_norm.weight`;
  if (part === 'post_attention_layernorm') return `blk.${layer}.ffn_norm.weight`;
  return `${ggufName(`layers.${layer}.${part}`)}.weight`;
}
