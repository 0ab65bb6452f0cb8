import type { LayerId } from '@continuum/contract/layer';
import type { LayerHost, LoadableLayer, Scored, ScoreRequest } from '@continuum/contract/ports/policy';
import { writeGgufFile } from './adapter-files.ts';
import { type Base, encode, readBase } from './base.ts';
import { writeBaseGguf } from './base-gguf.ts';
import { notLoaded, readLayerFolder, toAdapter } from './layer-folder.ts';
import { type Llama, startLlama } from './llama/library.ts';
import { LlamaModels } from './llama/models.ts';
import { assertNotAborted, untilAborted } from './until-aborted.ts';

export interface LlamaHostOptions {
  /** Folder that node-llama-cpp was installed into, `<home>/llama`. */
  readonly llamaFolder: string;
  /** Folder of the base; with `gguf` only config.json and tokenizer.json are read. */
  readonly baseFolder: string;
  readonly baseModel?: string;
  /** A GGUF of the base, else one is made of its weights. */
  readonly gguf?: string;
  /** Where GGUF files of the base and of the layers go. */
  readonly cacheFolder: string;
  /** Default 1: more threads slow a tiny model down. */
  readonly threads?: number;
}

/** llama.cpp inside this process, through node-llama-cpp 3.22. Throws CONFIG_INVALID, MODEL_UNAVAILABLE. */
export async function createLlamaHost(options: LlamaHostOptions): Promise<LayerHost> {
  const base = await readBase(options.baseFolder, options.baseModel);
  const gguf = options.gguf ?? (await writeBaseGguf(options.cacheFolder, options.baseFolder, base));
  const threads = options.threads ?? 1;
  const llama = await startLlama(options.llamaFolder, threads);
  const models = new LlamaModels({ llama, gguf, threads, contextSize: base.config.maxPositions });
  return new LlamaHost(base, llama, models, options.cacheFolder);
}

class LlamaHost implements LayerHost {
  readonly id = 'llama';
  readonly baseModel: string;
  readonly #base: Base;
  readonly #llama: Llama;
  readonly #models: LlamaModels;
  readonly #cacheFolder: string;
  readonly #files = new Map<LayerId, { readonly path: string; readonly bytes: number }>();

  constructor(base: Base, llama: Llama, models: LlamaModels, cacheFolder: string) {
    this.baseModel = base.baseModel;
    this.#base = base;
    this.#llama = llama;
    this.#models = models;
    this.#cacheFolder = cacheFolder;
  }

  async load(layer: LoadableLayer): Promise<void> {
    if (this.#files.has(layer.id)) return;
    const adapter = toAdapter(await readLayerFolder(layer), this.#base);
    // llama.cpp caches adapters by path, so the path names the content.
    const path = await writeGgufFile(this.#cacheFolder, { name: layer.id, adapter, folder: layer.folder }, this.#base);
    this.#files.set(layer.id, { path, bytes: layer.bytes });
  }

  async unload(id: LayerId): Promise<void> {
    const file = this.#files.get(id);
    this.#files.delete(id);
    if (file !== undefined) await this.#models.drop(file.path, file.bytes);
  }

  loaded(): readonly LayerId[] {
    return [...this.#files.keys()];
  }

  async score(
    requests: readonly ScoreRequest[],
    layers: readonly LayerId[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Scored[]> {
    const { signal } = options;
    assertNotAborted(signal);
    const paths = layers.map((id) => this.#files.get(id)?.path ?? missing(id));
    const encoded = requests.map((request) => encode(this.#base, request));
    const scoring = this.#models.use(paths, (context) =>
      Promise.all(encoded.map((request) => context.score(request, signal))),
    );
    const sums = await untilAborted(scoring, signal);
    const composition = { baseModel: this.baseModel, layers: [...layers] };
    return sums.map((logProbabilities) => ({ logProbabilities, composition }));
  }

  async close(): Promise<void> {
    await this.#models.close();
    await this.#llama.dispose();
  }
}

function missing(id: LayerId): never {
  throw notLoaded(id);
}
