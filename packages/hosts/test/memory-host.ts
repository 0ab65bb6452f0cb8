import { setTimeout as sleep } from 'node:timers/promises';
import { ContinuumError } from '@continuum/contract/errors';
import { ScopeId } from '@continuum/contract/ids';
import { LayerId, type LayerManifest } from '@continuum/contract/layer';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import type { LayerHost, LoadableLayer, Scored, ScoreRequest } from '@continuum/contract/ports/policy';

export const BASE = 'b'.repeat(64);
const SCOPE = ScopeId.parse('/');
export const layerId = (index: number): LayerId => LayerId.parse(`layer-${index.toString(16).padStart(32, '0')}`);

/** A manifest of which only the base and the size matter. */
export async function manifestOf(id: LayerId, baseModel: string, bytes: number): Promise<LayerManifest> {
  const about = { files: {}, parents: [], metrics: {}, dataHash: BASE, examples: 0, trainer: 'none', seed: 1 };
  const shape = { rank: 1, alpha: 1, targets: ['q_proj' as const], at: '2026-01-01T00:00:00Z' };
  return { format: 1, scope: SCOPE, ...about, ...shape, id, baseModel, bytes };
}

/** Layers of 10 bytes each, some of them damaged, some for another base. */
export class MemoryStore implements Pick<LayerStore, 'get' | 'open'> {
  readonly opened: LayerId[] = [];
  readonly corrupt = new Set<LayerId>();
  readonly foreign = new Set<LayerId>();
  readonly bytes = 10;
  /** Opening waits for this. */
  gate: Promise<void> = Promise.resolve();

  async get(id: LayerId): Promise<LayerManifest> {
    return manifestOf(id, this.foreign.has(id) ? 'f'.repeat(64) : BASE, this.bytes);
  }

  async open(id: LayerId): Promise<LoadableLayer> {
    this.opened.push(id);
    await this.gate;
    await sleep(1);
    if (this.corrupt.has(id)) throw new ContinuumError('LAYER_CORRUPT', `${id} is damaged.`);
    return { id, folder: `/nowhere/${id}`, bytes: this.bytes };
  }
}

/** A host that only keeps books, and fails a request whose layers went away while it was being answered. */
export class MemoryHost implements LayerHost {
  readonly id = 'memory';
  readonly baseModel = BASE;
  readonly #layers = new Map<LayerId, number>();
  mostBytes = 0;
  scored = 0;

  async load({ id, bytes }: LoadableLayer): Promise<void> {
    await sleep(1);
    this.#layers.set(id, bytes);
    this.mostBytes = Math.max(
      this.mostBytes,
      [...this.#layers.values()].reduce((sum, each) => sum + each, 0),
    );
  }

  async unload(id: LayerId): Promise<void> {
    await sleep(1);
    this.#layers.delete(id);
  }

  loaded(): LayerId[] {
    return [...this.#layers.keys()];
  }

  async score(requests: readonly ScoreRequest[], layers: readonly LayerId[]): Promise<Scored[]> {
    this.#assertLoaded(layers);
    await sleep(2);
    this.#assertLoaded(layers);
    this.scored += requests.length;
    const sum = layers.reduce((total, id) => total + Number.parseInt(id.slice(-4), 16), 0);
    const composition = { baseModel: BASE, layers: [...layers] };
    return requests.map(({ completions }) => ({ logProbabilities: completions.map(() => -sum), composition }));
  }

  /** As after a restart. */
  loseAll(): void {
    this.#layers.clear();
  }

  async close(): Promise<void> {
    this.loseAll();
  }

  #assertLoaded(layers: readonly LayerId[]): void {
    const lost = layers.find((id) => !this.#layers.has(id));
    if (lost !== undefined) throw new ContinuumError('LAYER_NOT_LOADED', `${lost} is not loaded.`);
  }
}
