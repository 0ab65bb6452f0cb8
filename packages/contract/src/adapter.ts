import type { TargetModule } from './layer.ts';

/** Shape of a Llama-architecture model; names follow Hugging Face's `config.json`. */
export interface ModelConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; equal to `heads` without grouped-query attention. */
  readonly kvHeads: number;
  readonly intermediateSize: number;
  readonly ropeTheta: number;
  readonly rmsNormEps: number;
  readonly maxPositions: number;
  /** The output projection is the transposed embedding. */
  readonly tieWordEmbeddings: boolean;
}

/** Weights by Hugging Face names (`model.layers.0.self_attn.q_proj.weight`), row-major `[out, in]`. */
export interface ModelWeights {
  readonly config: ModelConfig;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** LoRA matrices of one linear module: `delta W = (alpha / rank) * B A`, A `[rank, in]`, B `[out, rank]`, row-major. */
export interface LoraPair {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** A LoRA adapter in memory. Modules are named `layers.<i>.<module>`, for example `layers.0.q_proj`. */
export interface Adapter {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly TargetModule[];
  readonly modules: ReadonlyMap<string, LoraPair>;
}
