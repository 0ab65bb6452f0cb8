import type { Adapter, LoraPair, ModelConfig } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import type { TargetModule } from '@continuum/contract/layer';
import { hfName, moduleShape } from './modules.ts';
import { readPeftConfig, writePeftConfig } from './peft-config.ts';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.ts';

/** A PEFT folder in memory: the text of `adapter_config.json` and the bytes of `adapter_model.safetensors`. */
export interface PeftFiles {
  readonly config: string;
  readonly weights: Uint8Array;
}

const PREFIX = 'base_model.model.model';
const TENSOR = /^base_model\.model\.model\.layers\.(0|[1-9]\d*)\.(?:self_attn|mlp)\.(\w+)\.lora_([AB])\.weight$/;

const corrupt = (why: string): ContinuumError =>
  new ContinuumError('LAYER_CORRUPT', `The adapter's weights are damaged: ${why}.`, {
    next: 'Fetch the adapter again, or train it once more.',
  });

const incompatible = (why: string): ContinuumError =>
  new ContinuumError('LAYER_INCOMPATIBLE', `The adapter does not fit: ${why}.`, {
    next: 'Train it on this base model, on its linear modules only.',
  });

/** Tensors of an adapter by the names PEFT gives them: A `[rank, in]`, B `[out, rank]`. */
export function peftTensors(adapter: Adapter): Map<string, Tensor> {
  const tensors = [...adapter.modules].flatMap(([name, { a, b }]) => {
    const path = `${PREFIX}.${hfName(name)}`;
    return [
      [`${path}.lora_A.weight`, { shape: [adapter.rank, a.length / adapter.rank], data: a }],
      [`${path}.lora_B.weight`, { shape: [b.length / adapter.rank, adapter.rank], data: b }],
    ] as const;
  });
  return new Map(tensors);
}

/** An adapter as PEFT saves it; `base` goes into `base_model_name_or_path`. The same arguments give the same bytes. */
export function toPeft(adapter: Adapter, about: { readonly base: string }): PeftFiles {
  return {
    config: writePeftConfig(adapter, about.base),
    weights: writeSafetensors(peftTensors(adapter), { format: 'pt' }),
  };
}

/**
 * An adapter from a PEFT folder; with the base model's shape it must fit that model exactly. F32 matrices are views over
 * `weights` where alignment allows. Throws LAYER_CORRUPT for damage, LAYER_INCOMPATIBLE for another kind of adapter and
 * for another model's.
 */
export function fromPeft(files: PeftFiles, model?: ModelConfig): Adapter {
  const { rank, alpha, targets } = readPeftConfig(files.config);
  const { tensors } = readSafetensors(files.weights);
  const halves = new Map<string, { a?: Tensor; b?: Tensor }>();
  for (const [name, tensor] of tensors) {
    const { module, half } = parseName(name, targets);
    halves.set(module, { ...halves.get(module), [half]: tensor });
  }
  const modules = [...halves].map(([name, { a, b }]) => [name, toPair(name, rank, a, b)] as const);
  const adapter = { rank, alpha, targets, modules: new Map(modules) };
  assertSound(adapter, model);
  return adapter;
}

function parseName(name: string, targets: readonly TargetModule[]): { module: string; half: 'a' | 'b' } {
  const [, layer, target, half] = TENSOR.exec(name) ?? [];
  const module = `layers.${layer}.${target}`;
  const isTarget = targets.some((known) => known === target) && name.startsWith(`${PREFIX}.${hfName(module)}.`);
  if (!isTarget) throw incompatible(`it has a tensor "${name}", which its configuration does not name`);
  return { module, half: half === 'A' ? 'a' : 'b' };
}

function toPair(name: string, rank: number, a?: Tensor, b?: Tensor): LoraPair {
  if (a === undefined || b === undefined) throw corrupt(`one half of ${name} is missing`);
  const fits = a.shape.length === 2 && b.shape.length === 2 && a.shape[0] === rank && b.shape[1] === rank;
  if (!fits) throw corrupt(`${name} is [${a.shape}] and [${b.shape}] at rank ${rank}`);
  return { a: a.data, b: b.data };
}

/**
 * Checks that every matrix is finite and, given the model, that each target stands in each of its layers with its size.
 * Throws LAYER_CORRUPT, LAYER_INCOMPATIBLE.
 */
export function assertSound(adapter: Adapter, model?: ModelConfig): void {
  if (adapter.modules.size === 0) throw corrupt('it has none');
  for (const [name, { a, b }] of adapter.modules) {
    if (!(allFinite(a) && allFinite(b))) throw corrupt(`${name} holds numbers that are not finite`);
  }
  if (model !== undefined) assertFits(adapter, model);
}

function assertFits(adapter: Adapter, model: ModelConfig): void {
  const { rank, targets, modules } = adapter;
  for (const [name, { a, b }] of modules) {
    const shape = moduleShape(model, name);
    if (shape === undefined) throw incompatible(`the base model has no ${name}`);
    if (a.length !== rank * shape.inputs || b.length !== rank * shape.outputs) {
      const own = `${b.length / rank} x ${a.length / rank}`;
      throw incompatible(`${name} is ${own}, in the base model it is ${shape.outputs} x ${shape.inputs}`);
    }
  }
  if (modules.size !== targets.length * model.layers) {
    throw corrupt(`${modules.size} modules instead of ${targets.length} in each of ${model.layers} layers`);
  }
}

/** Exponents of ones alone mean infinity or no number; one more then reaches the sign bit, which is gathered for all. */
function allFinite(values: Float32Array): boolean {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  let gathered = 0;
  // Four at a time, twice as fast as one: each layer that is paged in goes through here.
  for (let index = 0; index < bits.length; index += 4) {
    gathered |= carried(bits[index]) | carried(bits[index + 1]) | carried(bits[index + 2]) | carried(bits[index + 3]);
  }
  return gathered >= 0;
}

const carried = (bits = 0): number => (bits & 0x7f80_0000) + 0x80_0000;
