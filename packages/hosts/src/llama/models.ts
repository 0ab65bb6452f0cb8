import { ContinuumError } from '@continuum/contract/errors';
import type { Llama, LlamaModel } from './library.ts';
import { ScoringContext } from './scoring-context.ts';

/** Contexts that are kept for compositions nobody asks for just now. */
const IDLE_CONTEXTS = 16;
/** Adapters nobody uses any more that may lie in memory: only a new model frees them. */
const GARBAGE_BYTES = 256 * 2 ** 20;

export interface LlamaModelsOptions {
  readonly llama: Llama;
  readonly gguf: string;
  readonly threads: number;
  /** Tokens of the longest request. */
  readonly contextSize: number;
}

interface Composition {
  readonly paths: readonly string[];
  readonly context: Promise<ScoringContext>;
  users: number;
  isStale: boolean;
}

/** The model as it was loaded once, with a context for each composition. */
interface Generation {
  readonly model: Promise<LlamaModel>;
  readonly compositions: Map<string, Composition>;
  /** Whatever is being disposed of. */
  readonly leaving: Set<Promise<void>>;
  isRetired: boolean;
}

/**
 * Contexts of one llama.cpp model by the adapters in them, as its public interface wants it: a context keeps its adapters,
 * so none has to be cleared when the composition changes. The library frees adapters only with their model; so when enough
 * of them have gone the model is loaded anew, and the old one leaves with its last request.
 */
export class LlamaModels {
  readonly #options: LlamaModelsOptions;
  readonly #leaving = new Set<Promise<void>>();
  #generation: Generation | undefined;
  #garbageBytes = 0;
  #isClosed = false;

  constructor(options: LlamaModelsOptions) {
    this.#options = options;
  }

  /** Runs the work with a context that has these adapters, each at scale 1. */
  async use<R>(paths: readonly string[], work: (context: ScoringContext) => Promise<R>): Promise<R> {
    if (this.#isClosed) throw closed();
    this.#generation ??= this.#start();
    const generation = this.#generation;
    const key = paths.join('\n');
    const composition = generation.compositions.get(key) ?? this.#compose(generation, paths);
    generation.compositions.delete(key);
    generation.compositions.set(key, composition);
    composition.users += 1;
    try {
      return await work(await composition.context);
    } finally {
      composition.users -= 1;
      this.#tidy(generation);
    }
  }

  /** Nothing new will use this adapter; it takes `bytes` until its model goes. */
  async drop(path: string, bytes: number): Promise<void> {
    const generation = this.#generation;
    if (generation === undefined) return;
    for (const composition of generation.compositions.values()) {
      if (composition.paths.includes(path)) composition.isStale = true;
    }
    this.#garbageBytes += bytes;
    if (this.#garbageBytes > GARBAGE_BYTES) this.#retire(generation);
    this.#tidy(generation);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const generation = this.#generation;
    if (generation !== undefined) {
      this.#retire(generation);
      this.#tidy(generation);
    }
    await Promise.all(this.#leaving);
  }

  #start(): Generation {
    const { llama, gguf } = this.#options;
    const model = llama.loadModel({ modelPath: gguf }).catch((cause: unknown) => {
      this.#generation = undefined;
      throw unreadable(cause);
    });
    return { model, compositions: new Map(), leaving: new Set(), isRetired: false };
  }

  #compose(generation: Generation, paths: readonly string[]): Composition {
    const context = this.#open(generation, paths);
    const composition = { paths, context, users: 0, isStale: false };
    context.catch(() => {
      composition.isStale = true;
    });
    return composition;
  }

  async #open({ model }: Generation, paths: readonly string[]): Promise<ScoringContext> {
    const { threads, contextSize } = this.#options;
    const sizes = { contextSize, sequences: 1, threads };
    const adapters = paths.map((filePath) => ({ filePath, scale: 1 }));
    const loaded = await model;
    return new ScoringContext(
      await loaded.createContext(adapters.length === 0 ? sizes : { ...sizes, lora: { adapters } }),
    );
  }

  #retire(generation: Generation): void {
    generation.isRetired = true;
    this.#garbageBytes = 0;
    if (this.#generation === generation) this.#generation = undefined;
  }

  /** Lets go of contexts that nobody uses: those with an adapter that is gone, those of a retired model, and the oldest. */
  #tidy(generation: Generation): void {
    const unused = [...generation.compositions].filter(([, { users }]) => users === 0);
    const surplus = unused.length - IDLE_CONTEXTS;
    for (const [index, [key, composition]] of unused.entries()) {
      if (!(composition.isStale || generation.isRetired || index < surplus)) continue;
      generation.compositions.delete(key);
      this.#leave(generation, composition);
    }
    if (generation.isRetired && generation.compositions.size === 0) this.#unload(generation);
  }

  #leave(generation: Generation, { context }: Composition): void {
    const leaving = context
      .then((opened) => opened.dispose())
      .catch(() => undefined)
      .finally(() => {
        generation.leaving.delete(leaving);
        this.#leaving.delete(leaving);
      });
    generation.leaving.add(leaving);
    this.#leaving.add(leaving);
  }

  #unload(generation: Generation): void {
    const leaving = Promise.all(generation.leaving)
      .then(() => generation.model)
      .then((model) => model.dispose())
      .catch(() => undefined)
      .finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}

function unreadable(cause: unknown): ContinuumError {
  return new ContinuumError('MODEL_UNAVAILABLE', 'llama.cpp could not load the base model.', {
    next: 'Check that the file is a GGUF of a Llama.',
    cause,
  });
}

function closed(): ContinuumError {
  return new ContinuumError('MODEL_UNAVAILABLE', 'The host was closed.', { next: 'Start the system again.' });
}
