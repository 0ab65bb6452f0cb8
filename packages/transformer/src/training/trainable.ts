import type { Adapter } from '@continuum/contract/adapter';
import type { TargetModule } from '@continuum/contract/layer';
import type { TrainedPair } from '../backward.ts';
import type { Lora } from '../lora.ts';
import { MODULES, type Model, moduleShape, packed, roundUp } from '../model.ts';
import { mulberry32 } from '../random.ts';

interface Module {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Where A `[rank, inputs]` and B `[outputs, rank]` begin in the flat parameters. */
  readonly a: number;
  readonly b: number;
}

/** The adapter under training: flat parameters and gradient here, what the kernels need of them in the arena. */
export interface Trainable {
  readonly parameters: Float32Array;
  readonly gradient: Float32Array;
  readonly loras: ReadonlyMap<string, Lora>;
  readonly pairs: ReadonlyMap<string, TrainedPair>;
  /** Brings the parameters into the arena; call it after every change. */
  publish(): void;
  /** Empties the gradients in the arena. */
  clear(): void;
  /** Brings the gradients out of the arena into `gradient`. */
  collect(): void;
  adapter(): Adapter;
}

export interface TrainableShape {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly TargetModule[];
  readonly seed: number;
}

/** A new adapter as PEFT begins it: A uniform within 1 / sqrt(inputs) (Kaiming with a = sqrt 5), B zero. */
export function createTrainable(model: Model, shape: TrainableShape): Trainable {
  const { arena, config } = model;
  const modules = layOut(model, shape);
  const last = modules.at(-1);
  const parameters = new Float32Array(last === undefined ? 0 : last.b + shape.rank * last.outputs);
  const random = mulberry32(shape.seed);
  for (const { a, inputs } of modules) {
    const bound = 1 / Math.sqrt(inputs);
    for (let i = 0; i < shape.rank * inputs; i += 1) parameters[a + i] = bound * (2 * random() - 1);
  }
  const rank = roundUp(shape.rank);
  const loras = new Map<string, Lora>();
  const pairs = new Map<string, TrainedPair>();
  for (const { name, inputs, outputs } of modules) {
    const [down, up] = [arena.zeros(rank * inputs), arena.zeros(rank * outputs)];
    loras.set(name, { rank, down: packed(down, inputs), up: packed(up, rank) });
    const [a, b] = [arena.zeros(rank * inputs), arena.zeros(rank * outputs)];
    pairs.set(name, {
      rank,
      a,
      b,
      gradientA: arena.zeros(rank * inputs),
      gradientB: arena.zeros(rank * outputs),
    });
  }
  const parts = modules.map((module) => ({ module, lora: loras.get(module.name), pair: pairs.get(module.name) }));
  const state = { parameters, gradient: new Float32Array(parameters.length), loras, pairs };
  const each = (work: (module: Module, pair: TrainedPair, lora: Lora) => void): void => {
    for (const { module, lora, pair } of parts) if (lora !== undefined && pair !== undefined) work(module, pair, lora);
  };
  const scale = shape.alpha / shape.rank;
  return {
    ...state,
    publish: () =>
      each((module, pair, lora) => publishModule(model, shape.rank, scale, parameters, module, pair, lora)),
    clear: () =>
      each(({ inputs, outputs }, pair) => {
        arena.view(pair.gradientA, rank * inputs).fill(0);
        arena.view(pair.gradientB, rank * outputs).fill(0);
      }),
    collect: () => each((module, pair) => collectModule(model, shape.rank, scale, state.gradient, module, pair)),
    adapter: () => ({
      rank: shape.rank,
      alpha: shape.alpha,
      targets: MODULES.filter((module) => shape.targets.includes(module)),
      modules: new Map(
        modules.map(({ name, a, b, inputs, outputs }) => [
          name,
          {
            a: parameters.slice(a, a + shape.rank * inputs),
            b: parameters.slice(b, b + shape.rank * outputs),
          },
        ]),
      ),
    }),
  };

  function layOut({ blocks }: Model, { targets }: TrainableShape): Module[] {
    let next = 0;
    return blocks.flatMap((_, layer) =>
      MODULES.filter((module) => targets.includes(module)).map((module): Module => {
        const [inputs, outputs] = moduleShape(config, module);
        const a = next;
        const b = a + shape.rank * inputs;
        next = b + shape.rank * outputs;
        return { name: `layers.${layer}.${module}`, inputs, outputs, a, b };
      }),
    );
  }
}

function publishModule(
  { arena, kernels }: Model,
  rank: number,
  scale: number,
  parameters: Float32Array,
  module: Module,
  pair: TrainedPair,
  lora: Lora,
): void {
  const { inputs, outputs, a, b } = module;
  arena.view(pair.a, rank * inputs).set(parameters.subarray(a, a + rank * inputs));
  const scaled = arena.view(pair.b, pair.rank * outputs);
  for (let row = 0; row < outputs; row += 1) {
    for (let r = 0; r < rank; r += 1) scaled[row * pair.rank + r] = scale * (parameters[b + row * rank + r] ?? 0);
  }
  kernels.packTransposed(pair.a, 4 * inputs, pair.rank, inputs, lora.down.at);
  kernels.packTransposed(pair.b, 4 * pair.rank, outputs, pair.rank, lora.up.at);
}

function collectModule(
  { arena }: Model,
  rank: number,
  scale: number,
  gradient: Float32Array,
  { inputs, outputs, a, b }: Module,
  pair: TrainedPair,
): void {
  gradient.set(arena.view(pair.gradientA, rank * inputs), a);
  const transposed = arena.view(pair.gradientB, rank * outputs);
  for (let row = 0; row < outputs; row += 1) {
    for (let r = 0; r < rank; r += 1) gradient[b + row * rank + r] = scale * (transposed[r * outputs + row] ?? 0);
  }
}
