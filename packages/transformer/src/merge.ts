import type { Adapter, ModelWeights } from '@continuum/contract/adapter';
import { adapterModules } from './lora.ts';

/** The base with adapters added to its weights: `W + sum of (alpha / rank) B A`. Throws LAYER_INCOMPATIBLE. */
export function mergeAdapters(weights: ModelWeights, adapters: readonly Adapter[]): ModelWeights {
  const tensors = new Map(weights.tensors);
  for (const adapter of adapters) {
    const scale = adapter.alpha / adapter.rank;
    for (const { name, inputs, outputs, a, b } of adapterModules(weights.config, adapter)) {
      const [, layer, module = ''] = name.split('.');
      const place = /^(gate|up|down)_/.test(module) ? 'mlp' : 'self_attn';
      const key = `model.layers.${layer}.${place}.${module}.weight`;
      const sum = Float64Array.from(tensors.get(key) ?? []);
      for (let row = 0; row < outputs; row += 1) {
        for (let r = 0; r < adapter.rank; r += 1) {
          const factor = scale * (b[row * adapter.rank + r] ?? 0);
          for (let i = 0; i < inputs; i += 1) {
            sum[row * inputs + i] = (sum[row * inputs + i] ?? 0) + factor * (a[r * inputs + i] ?? 0);
          }
        }
      }
      tensors.set(key, Float32Array.from(sum));
    }
  }
  return { config: weights.config, tensors };
}
