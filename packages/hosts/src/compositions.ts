import { createHash } from 'node:crypto';
import type { Adapter } from '@continuum/contract/adapter';
import type { LayerId } from '@continuum/contract/layer';
import type { LoadableLayer } from '@continuum/contract/ports/policy';
import { composeAdapters } from '@continuum/transformer/compose';
import type { Base } from './base.ts';
import { notLoaded, readLayerFolder, toAdapter } from './layer-folder.ts';
import { untilAborted } from './until-aborted.ts';

/** Compositions that a server keeps although nobody asks for them just now. */
const IDLE_COMPOSITIONS = 64;

/** One adapter that stands for a composition, named by content (GEN-4): equal layers on an equal base, equal name. */
export interface Composed {
  readonly name: string;
  readonly adapter: Adapter;
  /** The layer's own PEFT folder when there is only one. */
  readonly folder: string | undefined;
}

/** How one kind of server takes an adapter and lets go of it. `T` is what a request needs to name it. */
export interface AdapterServer<T> {
  add(composed: Composed): Promise<T>;
  remove(served: T): Promise<void>;
}

/** Thrown by a request when the server does not know the adapter any more, as after a restart. */
export class AdapterLost extends Error {}

interface HeldLayer {
  readonly id: LayerId;
  readonly folder: string;
  readonly adapter: Adapter;
}

interface Composition<T> {
  readonly layers: readonly LayerId[];
  readonly served: Promise<T>;
  users: number;
  /** One of its layers was unloaded: it goes with its last user. */
  isStale: boolean;
}

/**
 * The books of a host whose server takes one adapter a request: which layers are loaded, and which sums of them the server
 * has. A sum is made exactly (concatenated ranks), once, when it is first asked for.
 */
export class Compositions<T> {
  readonly #base: Base;
  readonly #server: AdapterServer<T>;
  readonly #layers = new Map<LayerId, HeldLayer>();
  readonly #compositions = new Map<string, Composition<T>>();
  readonly #removals = new Set<Promise<void>>();

  constructor(base: Base, server: AdapterServer<T>) {
    this.#base = base;
    this.#server = server;
  }

  /** Reads and checks a layer. Throws LAYER_CORRUPT, LAYER_INCOMPATIBLE. */
  async load(layer: LoadableLayer): Promise<void> {
    if (this.#layers.has(layer.id)) return;
    const adapter = toAdapter(await readLayerFolder(layer), this.#base);
    this.#layers.set(layer.id, { id: layer.id, folder: layer.folder, adapter });
  }

  /** Takes a layer out; sums with it that answer just now stay until they have answered. */
  async unload(id: LayerId): Promise<void> {
    this.#layers.delete(id);
    for (const [name, composition] of this.#compositions) {
      if (composition.layers.includes(id)) this.#retire(name, composition);
    }
    await Promise.all(this.#removals);
  }

  loaded(): LayerId[] {
    return [...this.#layers.keys()];
  }

  /** Runs the work with the server's adapter for these layers, undefined for none of them. Throws LAYER_NOT_LOADED. */
  async use<R>(
    ids: readonly LayerId[],
    signal: AbortSignal | undefined,
    work: (served: T | undefined) => Promise<R>,
  ): Promise<R> {
    const layers = ids.map((id) => this.#layers.get(id) ?? raise(id));
    if (layers.length === 0) return work(undefined);
    try {
      return await this.#useOnce(layers, signal, work);
    } catch (error) {
      if (!(error instanceof AdapterLost)) throw error;
      return this.#useOnce(layers, signal, work);
    }
  }

  /** Takes everything off the server. */
  async close(): Promise<void> {
    for (const [name, composition] of this.#compositions) this.#retire(name, composition);
    this.#layers.clear();
    await Promise.all(this.#removals);
  }

  async #useOnce<R>(
    layers: readonly HeldLayer[],
    signal: AbortSignal | undefined,
    work: (served: T) => Promise<R>,
  ): Promise<R> {
    const name = nameOf(this.#base.baseModel, layers);
    const composition = this.#compositions.get(name) ?? this.#make(name, layers);
    this.#compositions.delete(name);
    this.#compositions.set(name, composition);
    composition.users += 1;
    try {
      return await work(await untilAborted(composition.served, signal));
    } catch (error) {
      if (error instanceof AdapterLost) this.#retire(name, composition);
      throw error;
    } finally {
      composition.users -= 1;
      if (composition.isStale && composition.users === 0) this.#remove(composition);
      this.#limitIdle();
    }
  }

  #make(name: string, layers: readonly HeldLayer[]): Composition<T> {
    const [only] = layers;
    const folder = layers.length === 1 ? only?.folder : undefined;
    const served = Promise.resolve().then(() => {
      const adapters = layers.map(({ adapter }) => adapter);
      return this.#server.add({ name, adapter: composeAdapters(adapters), folder });
    });
    const composition = { layers: layers.map(({ id }) => id), served, users: 0, isStale: false };
    served.catch(() => {
      if (this.#compositions.get(name) === composition) this.#compositions.delete(name);
    });
    return composition;
  }

  #retire(name: string, composition: Composition<T>): void {
    if (this.#compositions.get(name) === composition) this.#compositions.delete(name);
    if (composition.isStale) return;
    composition.isStale = true;
    if (composition.users === 0) this.#remove(composition);
  }

  #remove({ served }: Composition<T>): void {
    // A server that is gone, or forgot it by itself, has nothing left to let go of.
    const removal = served
      .then((adapter) => this.#server.remove(adapter))
      .catch(() => undefined)
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }

  #limitIdle(): void {
    const idle = [...this.#compositions].filter(([, { users }]) => users === 0);
    for (const [name, composition] of idle.slice(0, Math.max(0, idle.length - IDLE_COMPOSITIONS))) {
      this.#retire(name, composition);
    }
  }
}

function nameOf(baseModel: string, layers: readonly HeldLayer[]): string {
  const ids = layers.map(({ id }) => id);
  if (ids.length === 1) return ids[0] ?? '';
  const digest = createHash('sha256')
    .update([baseModel, ...ids].join('\n'))
    .digest('hex');
  return `composition-${digest.slice(0, 32)}`;
}

function raise(id: LayerId): never {
  throw notLoaded(id);
}
