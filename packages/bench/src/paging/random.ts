import type { Adapter, LoraPair, ModelConfig } from '@continuum/contract/adapter';
import { TargetModule } from '@continuum/contract/layer';
import { moduleShape } from '@continuum/transformer/format/modules';
import { mulberry32 } from '../advisories/rows.ts';

/** Ranks from 0, the first the likeliest, by Zipf's law with the given exponent. */
export function zipf(count: number, exponent: number, random: () => number): () => number {
  const cumulative: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= count; rank += 1) {
    total += rank ** -exponent;
    cumulative.push(total);
  }
  return () => {
    const wanted = random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? total) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** An adapter on all linear modules, faint enough that answers stay probabilities. */
export function randomAdapter(config: ModelConfig, rank: number, seed: number): Adapter {
  const random = mulberry32(seed);
  const matrix = (count: number): Float32Array => {
    const values = new Float32Array(count);
    for (let index = 0; index < count; index += 1) values[index] = (random() - 0.5) / 16;
    return values;
  };
  const modules = new Map<string, LoraPair>();
  for (let layer = 0; layer < config.layers; layer += 1) {
    for (const target of TargetModule.options) {
      const name = `layers.${layer}.${target}`;
      const { inputs = 0, outputs = 0 } = moduleShape(config, name) ?? {};
      modules.set(name, { a: matrix(rank * inputs), b: matrix(outputs * rank) });
    }
  }
  return { rank, alpha: rank, targets: TargetModule.options, modules };
}
