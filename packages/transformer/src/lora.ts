import type { Adapter, ModelConfig } from '@continuum/contract/adapter';
import { ContinuumError } from '@continuum/contract/errors';
import type { TargetModule } from '@continuum/contract/layer';
import type { Arena, Pointer } from './kernels/arena.ts';
import type { Right } from './kernels/operations.ts';
import { MODULES, type Model, moduleShape, packed, roundUp } from './model.ts';

/** One LoRA pair as the kernels want it: `y += (x * down) * up`; alpha / rank is in `up`. */
export interface Lora {
  /** Rounded up to a multiple of 8 with zeros. */
  readonly rank: number;
  /** `[inputs, rank]` */
  readonly down: Right;
  /** `[rank, outputs]` */
  readonly up: Right;
}

/** A module of an adapter with its place in the model. */
export interface AdapterModule {
  readonly name: string;
  readonly layer: number;
  readonly module: TargetModule;
  readonly inputs: number;
  readonly outputs: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
}

const NAME = /^layers\.(\d+)\.(\w+)$/;

/** The modules of an adapter, checked against the model. Throws LAYER_INCOMPATIBLE when a name or a shape does not fit. */
export function adapterModules(config: ModelConfig, adapter: Adapter): AdapterModule[] {
  return [...adapter.modules].map(([name, { a, b }]) => {
    const [, layer = '', module = ''] = NAME.exec(name) ?? [];
    const target = MODULES.find((known): known is TargetModule => known === module);
    if (target === undefined || Number(layer) >= config.layers) throw misfit(`it has a module "${name}"`);
    const [inputs, outputs] = moduleShape(config, target);
    if (a.length !== adapter.rank * inputs || b.length !== adapter.rank * outputs) {
      throw misfit(`"${name}" is not of rank ${adapter.rank} on [${outputs}, ${inputs}]`);
    }
    return { name, layer: Number(layer), module: target, inputs, outputs, a, b };
  });
}

function misfit(why: string): ContinuumError {
  return new ContinuumError('LAYER_INCOMPATIBLE', `This adapter is not for this base model: ${why}.`, {
    next: 'Use a layer that was trained on this base.',
  });
}

/** Floats that an adapter takes in the arena, with room for alignment. */
export function adapterFloats(modules: readonly AdapterModule[], rank: number): number {
  return modules.reduce((sum, { inputs, outputs }) => sum + roundUp(rank) * (inputs + outputs) + 64, 0);
}

/** Packs an adapter into `adapterFloats` floats at `at`. */
export function packAdapter(
  model: Pick<Model, 'arena' | 'kernels'>,
  adapter: Pick<Adapter, 'rank' | 'alpha'>,
  modules: readonly AdapterModule[],
  at: Pointer,
): Map<string, Lora> {
  const scale = adapter.alpha / adapter.rank;
  const rank = roundUp(adapter.rank);
  let next = at;
  const take = (floats: number): Pointer => {
    const here = next;
    next = Math.ceil((next + 4 * floats) / 64) * 64;
    return here;
  };
  return new Map(
    modules.map(({ name, inputs, outputs, a, b }) => {
      const [down, up] = [take(rank * inputs), take(rank * outputs)];
      packPair(model, { a, b: padColumns(b, adapter.rank, rank, scale), inputs, outputs, rank }, down, up);
      return [name, { rank, down: packed(down, inputs), up: packed(up, rank) }];
    }),
  );
}

function packPair(
  { arena, kernels }: Pick<Model, 'arena' | 'kernels'>,
  pair: { a: Float32Array; b: Float32Array; inputs: number; outputs: number; rank: number },
  down: Pointer,
  up: Pointer,
): void {
  const mark = arena.mark();
  const { inputs, outputs, rank } = pair;
  kernels.packTransposed(arena.put(pair.a), 4 * inputs, pair.a.length / inputs, inputs, down);
  kernels.packTransposed(arena.put(pair.b), 4 * rank, outputs, rank, up);
  arena.reset(mark);
}

/** Rows of `from` numbers become rows of `to`, times `scale`, zeros behind. */
function padColumns(values: Float32Array, from: number, to: number, scale: number): Float32Array {
  const padded = new Float32Array((values.length / from) * to);
  values.forEach((value, i) => {
    padded[Math.floor(i / from) * to + (i % from)] = value * scale;
  });
  return padded;
}

/** Room for adapters that come and go in any order below the scratch of a batch; room that was freed is used again. */
export class AdapterPool {
  readonly #arena: Arena;
  readonly #free: { readonly at: Pointer; readonly floats: number }[] = [];

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  take(floats: number): { readonly at: Pointer; readonly floats: number } {
    const fits = this.#free.findIndex((room) => room.floats >= floats && room.floats <= 2 * floats);
    const [room] = fits < 0 ? [] : this.#free.splice(fits, 1);
    return room ?? { at: this.#arena.floats(floats), floats };
  }

  give(room: { readonly at: Pointer; readonly floats: number }): void {
    this.#free.push(room);
  }
}
