import type { Adapter, LoraPair } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import { MODULES } from './model.ts';

/**
 * One adapter that is exactly the sum of several: ranks are concatenated, and each one's alpha / rank goes into its B, so
 * that alpha / rank of the sum is 1. A module that an adapter does not change is zero in its part. Throws INVALID_INPUT
 * for an empty list and for adapters of different shapes.
 */
export function composeAdapters(adapters: readonly Adapter[]): Adapter {
  if (adapters.length === 0) {
    throw new ContinuumError('INVALID_INPUT', 'There is no adapter to compose.', { next: 'Give at least one.' });
  }
  const rank = adapters.reduce((sum, adapter) => sum + adapter.rank, 0);
  const names = new Set(adapters.flatMap(({ modules }) => [...modules.keys()]));
  const targets = MODULES.filter((module) => adapters.some((adapter) => adapter.targets.includes(module)));
  return { rank, alpha: rank, targets, modules: new Map([...names].map((name) => [name, sum(adapters, name, rank)])) };
}

function sum(adapters: readonly Adapter[], name: string, rank: number): LoraPair {
  const { inputs, outputs } = sizes(adapters, name);
  const a = new Float32Array(rank * inputs);
  const b = new Float32Array(outputs * rank);
  let first = 0;
  for (const adapter of adapters) {
    const pair = adapter.modules.get(name);
    if (pair !== undefined) {
      a.set(pair.a, first * inputs);
      placeColumns(pair.b, adapter.rank, adapter.alpha / adapter.rank, b, { rank, first });
    }
    first += adapter.rank;
  }
  return { a, b };
}

function sizes(adapters: readonly Adapter[], name: string): { inputs: number; outputs: number } {
  const shapes = adapters.flatMap(({ rank, modules }) => {
    const pair = modules.get(name);
    return pair === undefined ? [] : [{ inputs: pair.a.length / rank, outputs: pair.b.length / rank }];
  });
  const [first = { inputs: 0, outputs: 0 }] = shapes;
  if (shapes.some(({ inputs, outputs }) => inputs !== first.inputs || outputs !== first.outputs)) {
    throw new ContinuumError('INVALID_INPUT', `The adapters disagree about the shape of "${name}".`, {
      next: 'Compose layers of one base model only.',
    });
  }
  return first;
}

/** B `[outputs, from]` times `scale` into columns `first` and following of `[outputs, rank]`. */
function placeColumns(
  b: Float32Array,
  from: number,
  scale: number,
  to: Float32Array,
  place: { readonly rank: number; readonly first: number },
): void {
  b.forEach((value, i) => {
    to[Math.floor(i / from) * place.rank + place.first + (i % from)] = value * scale;
  });
}
