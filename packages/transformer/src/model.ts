import type { ModelConfig, ModelWeights } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import { TargetModule } from '@continuum/contract/layer';
import { Arena, type Pointer } from './kernels/arena.ts';
import { createKernels } from './kernels/kernels.ts';
import type { Kernels, Right } from './kernels/operations.ts';

/** A linear layer as the kernels want it: `forward` multiplies by the transposed weights, `backward` by the weights. */
export interface Linear {
  readonly inputs: number;
  readonly outputs: number;
  readonly forward: Right;
  readonly backward: Right | undefined;
}

interface Block {
  readonly attentionNorm: Pointer;
  readonly mlpNorm: Pointer;
  readonly linears: Readonly<Record<TargetModule, Linear>>;
}

/** Weights in an arena, packed once. */
export interface Model {
  readonly config: ModelConfig;
  readonly headSize: number;
  /** Width of keys and of values, all heads together. */
  readonly kvSize: number;
  readonly arena: Arena;
  readonly kernels: Kernels;
  /** Vocabulary rounded up to whole panels; the columns beyond are padding. */
  readonly logitWidth: number;
  /** `[vocabulary, hidden]`, row-major. */
  readonly embedding: Pointer;
  /** The output projection: packed for logits, row-major for their gradient. */
  readonly output: { readonly forward: Right; readonly backward: Right };
  readonly finalNorm: Pointer;
  /** Rotary tables `[positions, headSize / 2]`. */
  readonly cos: Pointer;
  readonly sin: Pointer;
  readonly blocks: readonly Block[];
}

export type KernelChoice = 'simd' | 'plain-simd' | 'scalar';

const SUBMODULE = {
  q_proj: 'self_attn',
  k_proj: 'self_attn',
  v_proj: 'self_attn',
  o_proj: 'self_attn',
  gate_proj: 'mlp',
  up_proj: 'mlp',
  down_proj: 'mlp',
} as const satisfies Record<TargetModule, string>;

/** Hugging Face's name of a linear module's weights. */
export function tensorName(layer: number, module: TargetModule): string {
  return `model.layers.${layer}.${SUBMODULE[module]}.${module}.weight`;
}

/** `[inputs, outputs]` of a linear module. */
export function moduleShape(config: ModelConfig, module: TargetModule): readonly [number, number] {
  const hidden = config.hiddenSize;
  const kv = (hidden / config.heads) * config.kvHeads;
  if (module === 'k_proj' || module === 'v_proj') return [hidden, kv];
  if (module === 'gate_proj' || module === 'up_proj') return [hidden, config.intermediateSize];
  return module === 'down_proj' ? [config.intermediateSize, hidden] : [hidden, hidden];
}

/** A row-major matrix as the right side of a product, unpacked: rows of `columns` numbers. */
export function rowMajor(at: Pointer, columns: number): Right {
  return { at, panelStride: 32, rowStride: 4 * columns };
}

/** The right side that `packTransposed` makes of rows of `columns` numbers. */
export function packed(at: Pointer, columns: number): Right {
  return { at, panelStride: 32 * columns, rowStride: 32 };
}

export const roundUp = (count: number): number => (count + 7) & ~7;

/**
 * Loads and packs a base model. `backward` also packs what gradients need. Throws INVALID_INPUT for sizes that the
 * kernels do not take (hidden, intermediate and head sizes are multiples of 8) and for missing tensors.
 */
export function loadModel(
  weights: ModelWeights,
  options: { readonly kernel?: KernelChoice; readonly backward?: boolean } = {},
): Model {
  const { config } = weights;
  const headSize = config.hiddenSize / config.heads;
  if ([config.hiddenSize, config.intermediateSize, headSize].some((size) => size % 8 !== 0)) {
    throw new ContinuumError('INVALID_INPUT', 'Hidden, intermediate and head sizes must be multiples of 8.', {
      next: 'Use a base model with such sizes.',
    });
  }
  const parameters = [...weights.tensors.values()].reduce((sum, tensor) => sum + tensor.length, 0);
  const arena = new Arena(parameters * (options.backward === true ? 8 : 4) + 2 ** 24);
  const kernels = createKernels(arena, options.kernel ?? 'simd');
  const load = loader(arena, kernels, options.backward === true);
  const tensor = (name: string): Float32Array => tensorOf(weights, name);

  const embedding = arena.put(tensor('model.embed_tokens.weight'));
  const output = config.tieWordEmbeddings ? embedding : arena.put(tensor('lm_head.weight'));
  const blocks = Array.from({ length: config.layers }, (_, layer): Block => {
    const block = `model.layers.${layer}`;
    const linear = (module: TargetModule): Linear =>
      load(tensor(tensorName(layer, module)), ...moduleShape(config, module));
    return {
      attentionNorm: arena.put(tensor(`${block}.input_layernorm.weight`)),
      mlpNorm: arena.put(tensor(`${block}.post_attention_layernorm.weight`)),
      linears: {
        q_proj: linear('q_proj'),
        k_proj: linear('k_proj'),
        v_proj: linear('v_proj'),
        o_proj: linear('o_proj'),
        gate_proj: linear('gate_proj'),
        up_proj: linear('up_proj'),
        down_proj: linear('down_proj'),
      },
    };
  });
  const logitWidth = roundUp(config.vocabSize);
  const outputForward = arena.floats(logitWidth * config.hiddenSize);
  kernels.packTransposed(output, 4 * config.hiddenSize, config.vocabSize, config.hiddenSize, outputForward);
  return {
    config,
    headSize,
    kvSize: headSize * config.kvHeads,
    arena,
    kernels,
    logitWidth,
    embedding,
    output: { forward: packed(outputForward, config.hiddenSize), backward: rowMajor(output, config.hiddenSize) },
    finalNorm: arena.put(tensor('model.norm.weight')),
    ...rotaryTables(arena, config.maxPositions, headSize / 2, config.ropeTheta),
    blocks,
  };
}

function tensorOf(weights: ModelWeights, name: string): Float32Array {
  const found = weights.tensors.get(name);
  if (found !== undefined) return found;
  throw new ContinuumError('INVALID_INPUT', `The base model has no tensor "${name}".`, {
    next: 'Give the whole model, in Hugging Face names.',
  });
}

function loader(arena: Arena, kernels: Kernels, withBackward: boolean) {
  return (weight: Float32Array, inputs: number, outputs: number): Linear => {
    const forward = arena.floats(inputs * roundUp(outputs));
    const backward = withBackward ? arena.floats(inputs * outputs) : undefined;
    const mark = arena.mark();
    kernels.packTransposed(arena.put(weight), 4 * inputs, outputs, inputs, forward);
    arena.reset(mark);
    if (backward !== undefined) packPanels(weight, inputs, outputs, arena.view(backward, inputs * outputs));
    return {
      inputs,
      outputs,
      forward: packed(forward, inputs),
      backward: backward === undefined ? undefined : packed(backward, outputs),
    };
  };
}

/** `[outputs, inputs]` into panels of 8 inputs: `[inputs / 8][outputs][8]`. */
function packPanels(weight: Float32Array, inputs: number, outputs: number, to: Float32Array): void {
  for (let panel = 0; panel < inputs; panel += 8) {
    for (let row = 0; row < outputs; row += 1) {
      const from = row * inputs + panel;
      to.set(weight.subarray(from, from + 8), panel * outputs + row * 8);
    }
  }
}

/** Hugging Face's rotary tables: position / theta^(2 i / headSize). */
function rotaryTables(arena: Arena, positions: number, half: number, theta: number): { cos: Pointer; sin: Pointer } {
  const angles = Float64Array.from(
    { length: positions * half },
    (_, i) => Math.floor(i / half) * theta ** (-(i % half) / half),
  );
  return { cos: arena.put(angles.map(Math.cos)), sin: arena.put(angles.map(Math.sin)) };
}

/** The linear modules in the order of the published names. */
export const MODULES = TargetModule.options;
