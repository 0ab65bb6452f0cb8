import type { ModelConfig } from '@continuum/contract/adapter';
import { TargetModule } from '@continuum/contract/layer';

/** Where each linear module stands in a block, by the names of Hugging Face and of GGUF. */
const NAMES: Record<TargetModule, { readonly block: string; readonly gguf: string }> = {
  q_proj: { block: 'self_attn', gguf: 'attn_q' },
  k_proj: { block: 'self_attn', gguf: 'attn_k' },
  v_proj: { block: 'self_attn', gguf: 'attn_v' },
  o_proj: { block: 'self_attn', gguf: 'attn_output' },
  gate_proj: { block: 'mlp', gguf: 'ffn_gate' },
  up_proj: { block: 'mlp', gguf: 'ffn_up' },
  down_proj: { block: 'mlp', gguf: 'ffn_down' },
};

/** A linear module of one block and its size. */
export interface ModuleShape {
  readonly outputs: number;
  readonly inputs: number;
}

interface ModulePlace {
  readonly layer: number;
  readonly target: TargetModule;
}

function parse(module: string): ModulePlace | undefined {
  const [, layer, name] = /^layers\.(0|[1-9]\d*)\.(\w+)$/.exec(module) ?? [];
  const target = TargetModule.safeParse(name);
  return target.success ? { layer: Number(layer), target: target.data } : undefined;
}

/** `layers.0.q_proj` as Hugging Face names it under `model.`: `layers.0.self_attn.q_proj`; undefined for no such module. */
export function hfName(module: string): string | undefined {
  const place = parse(module);
  return place && `layers.${place.layer}.${NAMES[place.target].block}.${place.target}`;
}

/** `layers.0.q_proj` as GGUF names it: `blk.0.attn_q`; undefined for no such module. */
export function ggufName(module: string): string | undefined {
  const place = parse(module);
  return place && `blk.${place.layer}.${NAMES[place.target].gguf}`;
}

/** `blk.0.attn_q` as `layers.0.q_proj`; undefined for anything but a linear module. */
export function fromGgufName(name: string): string | undefined {
  const [, layer, part] = /^blk\.(0|[1-9]\d*)\.(\w+)$/.exec(name) ?? [];
  const target = TargetModule.options.find((each) => NAMES[each].gguf === part);
  return target && `layers.${layer}.${target}`;
}

/** Size of a linear module such as `layers.0.q_proj`; undefined when the model has no such module. */
export function moduleShape(model: ModelConfig, module: string): ModuleShape | undefined {
  const place = parse(module);
  if (place === undefined || place.layer >= model.layers) return undefined;
  const { hiddenSize: hidden, intermediateSize: inner } = model;
  const kv = (hidden / model.heads) * model.kvHeads;
  const shapes: Record<TargetModule, ModuleShape> = {
    q_proj: { outputs: hidden, inputs: hidden },
    k_proj: { outputs: kv, inputs: hidden },
    v_proj: { outputs: kv, inputs: hidden },
    o_proj: { outputs: hidden, inputs: hidden },
    gate_proj: { outputs: inner, inputs: hidden },
    up_proj: { outputs: inner, inputs: hidden },
    down_proj: { outputs: hidden, inputs: inner },
  };
  return shapes[place.target];
}
