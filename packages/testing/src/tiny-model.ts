import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Adapter, LoraPair, ModelConfig, ModelWeights } from '@continuum/contract/adapter';
import { TargetModule } from '@continuum/contract/layer';
import { tensorShapes, writeBaseModel } from '@continuum/transformer/format/weights';
import { seededNormal } from './seeded-normal.ts';
import { type Cut, tinyTokenizer } from './tiny-tokenizer.ts';

/** What of a tiny model can be chosen; all else follows from the seed. */
export interface TinyOptions extends Partial<Omit<ModelConfig, 'vocabSize'>> {
  readonly seed?: number;
  readonly cut?: Cut;
}

/** A tiny base model as written: its weights in memory and the SHA-256 of model.safetensors. */
export interface TinyBase {
  readonly folder: string;
  readonly weights: ModelWeights;
  readonly baseModel: string;
  readonly tokenizerJson: unknown;
}

/** A Llama of seeded random weights: 64 wide, 2 blocks, 4 heads over 2 key-value heads, unless told otherwise. */
export function tinyWeights(options: TinyOptions = {}): ModelWeights {
  const { seed = 1, cut, ...chosen } = options;
  const config: ModelConfig = {
    vocabSize: Object.keys(tinyTokenizer(cut).model.vocab).length,
    hiddenSize: 64,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    intermediateSize: 96,
    ropeTheta: 10_000,
    rmsNormEps: 1e-5,
    maxPositions: 256,
    tieWordEmbeddings: true,
    ...chosen,
  };
  const normal = seededNormal(seed);
  const tensors = [...tensorShapes(config)].map(([name, shape]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    // Norms near one and matrices near 1 / sqrt(in) keep the activations, and so the test, alive in every block.
    const isNorm = shape.length === 1;
    const deviation = isNorm ? 0.1 : 1 / Math.sqrt(shape.at(-1) ?? 1);
    return [name, Float32Array.from({ length: count }, () => (isNorm ? 1 : 0) + deviation * normal())] as const;
  });
  return { config, tensors: new Map(tensors) };
}

/** Writes config.json, model.safetensors and tokenizer.json of a seeded random Llama in Hugging Face's layout. */
export async function writeTinyBase(folder: string, options: TinyOptions = {}): Promise<TinyBase> {
  const weights = tinyWeights(options);
  const { configJson, safetensors } = writeBaseModel(weights);
  const tokenizerJson = tinyTokenizer(options.cut);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), configJson);
  await writeFile(join(folder, 'model.safetensors'), safetensors);
  await writeFile(join(folder, 'tokenizer.json'), `${JSON.stringify(tokenizerJson, null, 2)}\n`);
  return { folder, weights, baseModel: createHash('sha256').update(safetensors).digest('hex'), tokenizerJson };
}

/** An adapter of seeded random matrices on all linear layers, strong enough to change every answer. */
export function tinyAdapter(
  config: ModelConfig,
  seed = 1,
  rank = 4,
  targets: readonly TargetModule[] = TargetModule.options,
): Adapter {
  const normal = seededNormal(seed);
  const shapes = [...tensorShapes(config)].flatMap(([name, shape]) => {
    const [, layer, module] = /layers\.(\d+)\.\w+\.(\w+)\.weight$/.exec(name) ?? [];
    return targets.some((target) => target === module) ? [[`layers.${layer}.${module}`, shape] as const] : [];
  });
  const matrix = (count: number, deviation: number): Float32Array =>
    Float32Array.from({ length: count }, () => deviation * normal());
  const modules = shapes.map(([name, [outputs = 0, inputs = 0]]): readonly [string, LoraPair] => {
    const a = matrix(rank * inputs, 1 / Math.sqrt(inputs));
    return [name, { a, b: matrix(outputs * rank, 0.3 / Math.sqrt(rank)) }];
  });
  return { rank, alpha: 2 * rank, targets, modules: new Map(modules) };
}
