import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import type { LayerHost, LoadableLayer, Scored, ScoreRequest } from '@continuum/contract/ports/policy';
import { type Base, encode, readBase } from './base.ts';
import { Batches } from './embedded/batches.ts';
import { EngineThread, ThreadDied } from './embedded/engine-thread.ts';
import { notLoaded, readLayerFolder, toAdapter } from './layer-folder.ts';
import { assertNotAborted, untilAborted } from './until-aborted.ts';

/** ms before a thread that would not start is started again. */
const RESTART_MS = 1000;
/** Checked within a millisecond or so. */
const SMALL_BYTES = 2 ** 21;

/** Where deaths of threads are told; a pino logger fits. */
export interface EmbeddedLog {
  warn(about: object, message: string): void;
}

export interface EmbeddedHostOptions {
  /** config.json, model.safetensors and tokenizer.json. */
  readonly baseFolder: string;
  /** Engines, each in a thread with a copy of the layers; default 1. */
  readonly threads?: number;
  readonly log?: EmbeddedLog;
  /** Sees each thread as it is started, to watch what it takes. */
  readonly onWorker?: (worker: Worker) => void;
}

interface HeldLayer {
  readonly layer: LoadableLayer;
  users: number;
  /** It goes with its last user. */
  isUnloaded: boolean;
}

/**
 * The project's own engine in worker threads of this process. Requests that wait at the same time are computed in one
 * batch, each under its own layers. A thread that dies is replaced with the layers it had, and what it was computing is
 * asked once more. Throws CONFIG_INVALID, MODEL_UNAVAILABLE.
 */
export async function createEmbeddedHost(options: EmbeddedHostOptions): Promise<LayerHost> {
  const base = await readBase(options.baseFolder);
  const host = new EmbeddedHost(base, options);
  await host.start();
  return host;
}

class EmbeddedHost implements LayerHost {
  readonly id = 'embedded';
  readonly baseModel: string;
  readonly #base: Base;
  readonly #options: EmbeddedHostOptions;
  readonly #layers = new Map<LayerId, HeldLayer>();
  readonly #threads = new Set<EngineThread>();
  readonly #batches = new Batches();
  readonly #replacements = new Set<Promise<void>>();
  #isClosed = false;

  constructor(base: Base, options: EmbeddedHostOptions) {
    this.baseModel = base.baseModel;
    this.#base = base;
    this.#options = options;
  }

  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.threads ?? 1 }, () => this.#startThread()));
  }

  async load(layer: LoadableLayer): Promise<void> {
    const held = this.#layers.get(layer.id);
    if (held !== undefined) {
      held.isUnloaded = false;
      return;
    }
    await this.#loadEverywhere(layer);
    // Without its content: the threads have that now.
    const { id, folder, bytes } = layer;
    this.#layers.set(id, { layer: { id, folder, bytes }, users: 0, isUnloaded: false });
  }

  async unload(id: LayerId): Promise<void> {
    const held = this.#layers.get(id);
    if (held === undefined) return;
    held.isUnloaded = true;
    await this.#dropIfUnused(held);
  }

  loaded(): readonly LayerId[] {
    return [...this.#layers.values()].filter(({ isUnloaded }) => !isUnloaded).map(({ layer }) => layer.id);
  }

  async score(
    requests: readonly ScoreRequest[],
    layers: readonly LayerId[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Scored[]> {
    const { signal } = options;
    assertNotAborted(signal);
    if (this.#isClosed) throw closed();
    const held = layers.map((id) => this.#get(id));
    const items = requests.map((request) => ({ ...encode(this.#base, request), layers }));
    for (const each of held) each.users += 1;
    try {
      const sums = await untilAborted(Promise.all(items.map((item) => this.#batches.score(item, signal))), signal);
      const composition = { baseModel: this.baseModel, layers: [...layers] };
      return sums.map((logProbabilities) => ({ logProbabilities, composition }));
    } finally {
      for (const each of held) each.users -= 1;
      for (const each of held) void this.#dropIfUnused(each);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#batches.fail(closed());
    await Promise.all([...this.#threads].map((thread) => thread.stop()));
    this.#layers.clear();
  }

  #get(id: LayerId): HeldLayer {
    const held = this.#layers.get(id);
    if (held === undefined || held.isUnloaded) throw notLoaded(id);
    return held;
  }

  async #dropIfUnused(held: HeldLayer): Promise<void> {
    const { id } = held.layer;
    if (!held.isUnloaded || held.users > 0 || this.#layers.get(id) !== held) return;
    this.#layers.delete(id);
    // A thread that ends has let go of it.
    await Promise.allSettled([...this.#threads].map((thread) => thread.unload(id)));
  }

  /** Into each thread there is when it is done, whichever died or started meanwhile. */
  async #loadEverywhere(layer: LoadableLayer): Promise<void> {
    const done = new Set<EngineThread>();
    for (;;) {
      if (this.#isClosed) throw closed();
      const missing = [...this.#threads].filter((thread) => !done.has(thread));
      if (this.#threads.size > 0 && missing.length === 0) return;
      if (missing.length === 0) await Promise.race(this.#replacements);
      for (const thread of missing) {
        await this.#loadInto(thread, layer, thread === missing.at(-1)).then(() => done.add(thread), ignoreDeath);
        if (thread.isDead) this.#threads.delete(thread);
      }
    }
  }

  /**
   * A small layer is checked here, because the thread has better things to do; a large one there, because this thread must
   * not stand still. Copying takes as long as hashing, so the last thread takes the bytes over.
   */
  async #loadInto(thread: EngineThread, layer: LoadableLayer, takeOver: boolean): Promise<void> {
    const files = await readLayerFolder(layer);
    const { buffer, byteLength } = files.weights;
    // Part of a larger buffer stays: the rest belongs to somebody else.
    const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
    const checked = byteLength > SMALL_BYTES ? files : toAdapter(files, this.#base);
    await thread.load(layer.id, checked, takeOver && isWhole ? [buffer] : []);
  }

  async #startThread(): Promise<void> {
    const { baseFolder, onWorker } = this.#options;
    const thread = await EngineThread.start({ baseFolder, baseModel: this.baseModel }, onWorker);
    this.#threads.add(thread);
    void thread.died.then((error) => this.#replace(thread, error));
    await this.#loadAll(thread);
    this.#batches.offer(thread);
  }

  /** What cannot be read any more is lost: requests hear LAYER_NOT_LOADED, and the pager brings it again. */
  async #loadAll(thread: EngineThread): Promise<void> {
    for (const [id, { layer }] of this.#layers) {
      try {
        await this.#loadInto(thread, layer, true);
      } catch (error) {
        if (thread.isDead) throw error;
        this.#layers.delete(id);
      }
    }
  }

  #replace(dead: EngineThread, error: Error): void {
    this.#threads.delete(dead);
    if (this.#isClosed) return;
    this.#options.log?.warn({ error }, 'a thread of the engine ended, another is started');
    const replacement = this.#restart().finally(() => this.#replacements.delete(replacement));
    this.#replacements.add(replacement);
  }

  async #restart(): Promise<void> {
    while (!this.#isClosed) {
      try {
        return await this.#startThread();
      } catch (error) {
        if (error instanceof ThreadDied) return;
        if (this.#threads.size === 0) this.#batches.fail(toContinuumError(error));
        await sleep(RESTART_MS);
      }
    }
  }
}

function ignoreDeath(error: unknown): void {
  if (!(error instanceof ThreadDied)) throw error;
}

function closed(): ContinuumError {
  return new ContinuumError('MODEL_UNAVAILABLE', 'The host was closed.', { next: 'Start the system again.' });
}
