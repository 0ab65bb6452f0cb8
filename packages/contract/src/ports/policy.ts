import type { Composition, LayerId } from '../layer.ts';

export interface ScoreRequest {
  readonly prompt: string;
  /** Each is scored as the continuation of the prompt, `post` and `skip` for a finding. */
  readonly completions: readonly string[];
}

/** Sums of log-probabilities, one for each completion, and which layers the host really used for them. */
export interface Scored {
  readonly logProbabilities: readonly number[];
  readonly composition: Composition;
}

/** A layer's bytes as a host takes them: the PEFT folder and its content-addressed name. */
export interface LoadableLayer {
  readonly id: LayerId;
  /** Absolute path of the PEFT folder. */
  readonly folder: string;
  /** Size of the weights in bytes, what it costs the budget. */
  readonly bytes: number;
  /** The files' content as the store verified it just now, so that a host need not read again; to be dropped after loading. */
  readonly content?: { readonly config: string; readonly weights: Uint8Array };
}

/**
 * One server of the base model that takes LoRA layers: embedded, llama.cpp, vLLM, LoRAX, Ollama. Layers that a request
 * in flight uses stay until it has ended, whatever is unloaded meanwhile. Throws LAYER_INCOMPATIBLE for a layer of
 * another base, LAYER_NOT_LOADED for a composition with a layer it does not hold, MODEL_UNAVAILABLE (retryable).
 */
export interface LayerHost {
  readonly id: string;
  /** SHA-256 of the base model's weights, or the server's own name for it. */
  readonly baseModel: string;
  load(layer: LoadableLayer): Promise<void>;
  unload(id: LayerId): Promise<void>;
  loaded(): readonly LayerId[];
  /** Scores all requests under one composition, outermost scope first; answers in the order of the requests. */
  score(
    requests: readonly ScoreRequest[],
    layers: readonly LayerId[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<Scored[]>;
  close(): Promise<void>;
}

/** What lies in a host's memory just now. */
export interface Resident {
  readonly id: LayerId;
  readonly bytes: number;
  /** Requests in flight and holders that keep it there. */
  readonly pins: number;
}

/**
 * The judge that decisions ask: scores under a composition and pages the layers in that it needs (GEN-3). A composition
 * never changes while it answers, and every answer says which layers were really used. Throws MODEL_UNAVAILABLE
 * (retryable), LAYER_CORRUPT, LAYER_INCOMPATIBLE, OVERLOADED when the budget cannot hold the composition.
 */
export interface Policy {
  readonly baseModel: string;
  score(
    requests: readonly ScoreRequest[],
    layers: readonly LayerId[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<Scored[]>;
  /** Keeps the layers resident for a holder (a persona in its scope), instead of what it held before. */
  hold(holder: string, layers: readonly LayerId[]): Promise<void>;
  /** Lets go of what the holder held; returns it. */
  release(holder: string): readonly LayerId[];
  resident(): readonly Resident[];
  close(): Promise<void>;
}
