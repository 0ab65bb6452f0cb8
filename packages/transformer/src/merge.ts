import type { Adapter, ModelWeights } from '@continuum/contract/adapter';
import { type AdapterModule, adapterModules } from './lora.ts';
import { tensorName } from './model.ts';

/** The base with adapters added to its weights: `W + sum of (alpha / rank) B A`. Throws LAYER_INCOMPATIBLE. */
export function mergeAdapters(weights: ModelWeights, adapters: readonly Adapter[]): ModelWeights {
  const tensors = new Map(weights.tensors);
  for (const adapter of adapters) {
    for (const module of adapterModules(weights.config, adapter)) {
      const name = tensorName(module.layer, module.module);
      const before = tensors.get(name) ?? new Float32Array(module.inputs * module.outputs);
      tensors.set(name, merged(before, module, adapter));
    }
  }
  return { config: weights.config, tensors };
}

function merged(
  weight: Float32Array,
  { inputs, outputs, a, b }: AdapterModule,
  { rank, alpha }: Adapter,
): Float32Array {
  const sum = Float64Array.from(weight);
  for (let at = 0; at < outputs * rank; at += 1) {
    const factor = (alpha / rank) * (b[at] ?? 0);
    const [to, from] = [Math.floor(at / rank) * inputs, (at % rank) * inputs];
    for (let i = 0; i < inputs; i += 1) sum[to + i] = (sum[to + i] ?? 0) + factor * (a[from + i] ?? 0);
  }
  return Float32Array.from(sum);
}
