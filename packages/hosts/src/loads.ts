import { ContinuumError } from '@continuum/contract/errors';
import { type LayerId, Sha256 } from '@continuum/contract/layer';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import type { LayerHost } from '@continuum/contract/ports/policy';
import type { PagedLayer } from '@continuum/genome/paging';

/** Where loads are told; a pino logger fits. */
export interface LoadsLog {
  info(about: object, message: string): void;
  warn(about: object, message: string): void;
}

export interface LoadsOptions {
  readonly host: LayerHost;
  readonly layers: Pick<LayerStore, 'get' | 'open'>;
  readonly log: LoadsLog | undefined;
  /** A load has ended; nobody waits for it any longer. */
  readonly onSettled: (id: LayerId, isLoaded: boolean) => void;
}

/** Brings layers from the store into the host and takes them out: one load of a layer at a time, whoever asks for it. */
export class Loads {
  readonly #options: LoadsOptions;
  readonly #bytes = new Map<LayerId, number>();
  readonly #loading = new Map<LayerId, Promise<void>>();
  readonly #unloading = new Map<LayerId, Promise<void>>();

  constructor(options: LoadsOptions) {
    this.#options = options;
  }

  /** The layers with their sizes, deeper ones `step` higher in priority; undefined when one was never asked for before. */
  known(ids: readonly LayerId[], step: number): PagedLayer[] | undefined {
    const paged: PagedLayer[] = [];
    for (const id of ids) {
      const bytes = this.#bytes.get(id);
      if (bytes === undefined) return undefined;
      paged.push({ id, bytes, priority: paged.length * step });
    }
    return paged;
  }

  /** Reads the manifests of layers not known yet. Throws NOT_FOUND, LAYER_UNTRUSTED, LAYER_INCOMPATIBLE. */
  async learn(ids: readonly LayerId[]): Promise<void> {
    await Promise.all(
      ids.filter((id) => !this.#bytes.has(id)).map(async (id) => this.#bytes.set(id, await this.#bytesOf(id))),
    );
  }

  start(id: LayerId): void {
    const load = this.#load(id).finally(() => this.#loading.delete(id));
    const { onSettled } = this.#options;
    const settled = load.then(
      () => onSettled(id, true),
      () => onSettled(id, false),
    );
    // Whoever waits hears of a failure after the books are right; nobody may be waiting any more.
    const told = settled.then(() => load);
    told.catch(() => undefined);
    this.#loading.set(id, told);
  }

  /** Takes a layer out of the host. */
  drop(id: LayerId): void {
    const { host, log } = this.#options;
    const unload = host
      .unload(id)
      .then(() => log?.info({ layer: id }, 'layer paged out'))
      .catch((error: unknown) => log?.warn({ layer: id, error }, 'the host did not let go of a layer'))
      .finally(() => this.#unloading.delete(id));
    this.#unloading.set(id, unload);
  }

  isLoading(ids: readonly LayerId[]): boolean {
    return this.#loading.size > 0 && ids.some((id) => this.#loading.has(id));
  }

  /** Resolves once none of the layers is being loaded; rejects with what went wrong with one of them. */
  async settled(ids: readonly LayerId[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#loading.get(id)));
  }

  /** Resolves once nothing is on its way in or out. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#loading.values(), ...this.#unloading.values()]);
  }

  async #load(id: LayerId): Promise<void> {
    const { host, layers, log } = this.#options;
    const startedAt = performance.now();
    // Verified while what made room for it leaves: the host never holds more than the budget.
    const [layer] = await Promise.all([layers.open(id), Promise.all(this.#unloading.values())]);
    await host.load(layer);
    log?.info({ layer: id, bytes: layer.bytes, ms: Math.round(performance.now() - startedAt) }, 'layer paged in');
  }

  async #bytesOf(id: LayerId): Promise<number> {
    const { host, layers } = this.#options;
    const { baseModel, bytes } = await layers.get(id);
    // A remote server may be known by a name only; then its own check has to do.
    const isHash = Sha256.safeParse(host.baseModel).success;
    if (!isHash || host.baseModel === baseModel) return bytes;
    throw new ContinuumError('LAYER_INCOMPATIBLE', `${id} was made for the base ${baseModel}, not ${host.baseModel}.`, {
      next: 'Train the layer anew on this base.',
    });
  }
}
