import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ContinuumError } from '@continuum/contract/errors';
import { LayerId, LayerManifest } from '@continuum/contract/layer';
import type { LayerStore, NewLayer } from '@continuum/contract/ports/layer-store';
import type { Policy, ScoreRequest } from '@continuum/contract/ports/policy';
import type { Trainer } from '@continuum/contract/ports/trainer';

export const TEST_BASE = 'b'.repeat(64);

/** What a layer of the test base says of itself, with changes. */
export function newLayer(changes: Partial<NewLayer> & Pick<NewLayer, 'scope'>): NewLayer {
  return {
    ...{ baseModel: TEST_BASE, parents: [], dataHash: 'd'.repeat(64), examples: 10, trainer: 'embedded', seed: 1 },
    ...{ metrics: { loss: 0.4 }, at: '2026-01-01T00:00:00.000Z' },
    ...changes,
  };
}

export interface MemoryLayerStore extends LayerStore {
  /** Puts a layer whose weights are this text. */
  add(weights: string, about: NewLayer): LayerManifest;
  /** From now on this layer is damaged: it cannot be opened. */
  damage(id: LayerId): void;
}

/** A layer store without files: ids by content, as the real one has them. Bundles are remembered by their file name. */
export function createMemoryLayerStore(): MemoryLayerStore {
  const layers = new Map<LayerId, LayerManifest>();
  const bundles = new Map<string, LayerManifest>();
  const damaged = new Set<LayerId>();
  const get = (id: LayerId): LayerManifest => {
    const manifest = layers.get(id);
    if (manifest === undefined) throw new ContinuumError('NOT_FOUND', `there is no layer ${id}`);
    return manifest;
  };
  const add = (weights: string, about: NewLayer): LayerManifest => {
    const manifest = toManifest(weights, about);
    const known = layers.get(manifest.id);
    if (known === undefined) layers.set(manifest.id, manifest);
    return known ?? manifest;
  };
  return {
    add,
    damage: (id) => void damaged.add(id),
    put: async (folder, about) => add(await readFile(join(folder, 'adapter_model.safetensors'), 'latin1'), about),
    list: async () => [...layers.values()].filter(({ id }) => !damaged.has(id)),
    get: async (id) => get(id),
    async open(id) {
      if (damaged.has(id)) throw new ContinuumError('LAYER_CORRUPT', `layer ${id} is damaged`);
      return { id, folder: `/layers/${id}`, bytes: get(id).bytes };
    },
    remove: async (id) => void layers.delete(id),
    exportBundle: async (id, file) => void bundles.set(file, get(id)),
    async importBundle(file, { baseModel }) {
      const manifest = bundles.get(file);
      if (manifest === undefined) throw new ContinuumError('INVALID_INPUT', `${file} is no bundle`);
      if (manifest.baseModel !== baseModel) throw new ContinuumError('LAYER_INCOMPATIBLE', 'another base');
      layers.set(manifest.id, manifest);
      return manifest;
    },
  };
}

function toManifest(weights: string, about: NewLayer): LayerManifest {
  const hash = createHash('sha256').update(weights).digest('hex');
  const files = { 'adapter_model.safetensors': hash };
  const shape = { rank: 2, alpha: 4, targets: ['q_proj'], bytes: Buffer.byteLength(weights), files };
  return LayerManifest.parse({ format: 1, id: LayerId.parse(`layer-${hash.slice(0, 32)}`), ...shape, ...about });
}

export interface ScriptedPolicy extends Policy {
  readonly held: ReadonlyMap<string, readonly LayerId[]>;
}

/** A policy without a model: `answer` gives the log-probabilities of one request under a composition. */
export function createScriptedPolicy(
  answer: (request: ScoreRequest, layers: readonly LayerId[]) => number[] = ({ completions }) =>
    completions.map(() => Math.log(1 / completions.length)),
): ScriptedPolicy {
  const held = new Map<string, readonly LayerId[]>();
  return {
    baseModel: TEST_BASE,
    held,
    async score(requests, layers) {
      const composition = { baseModel: TEST_BASE, layers: [...layers] };
      return requests.map((request) => ({ logProbabilities: answer(request, layers), composition }));
    },
    hold: async (holder, layers) => void held.set(holder, layers),
    release(holder) {
      const layers = held.get(holder) ?? [];
      held.delete(holder);
      return layers;
    },
    resident: () => [...new Set([...held.values()].flat())].map((id) => ({ id, bytes: 1, pins: 1 })),
    close: async () => {},
  };
}

export interface SteppingTrainer extends Trainer {
  /** Steps made in this process. */
  readonly stepsMade: number;
  /** The next job fails with this. */
  fail(error: Error): void;
}

/**
 * A trainer that only counts: after each step its checkpoint lies in the output folder, so that a job that was cut short
 * goes on from there. The layer's bytes depend on the data alone.
 */
export function createSteppingTrainer({ steps = 5, stepMs = 0 } = {}): SteppingTrainer {
  let made = 0;
  let failure: Error | undefined;
  return {
    id: 'stepping',
    get stepsMade() {
      return made;
    },
    fail(error) {
      failure = error;
    },
    async train(job, { onProgress, signal } = {}) {
      const checkpoint = join(job.outputFolder, 'checkpoint');
      const data = await readFile(job.dataFile);
      let step = Number(await readFile(checkpoint, 'utf8').catch(() => '0'));
      while (step < steps) {
        if (signal?.aborted) throw new ContinuumError('ABORTED', 'the training was stopped');
        const error = failure;
        failure = undefined;
        if (error !== undefined) throw error;
        await wait(stepMs);
        step += 1;
        made += 1;
        await writeFile(checkpoint, String(step));
        const eta = ((steps - step) * stepMs) / 1000;
        onProgress?.({
          jobId: job.id,
          state: 'running',
          step,
          steps,
          tokens: step * 100,
          loss: 1 / step,
          etaSeconds: eta,
        });
      }
      const folder = join(job.outputFolder, 'adapter');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'adapter_model.safetensors'), createHash('sha256').update(data).digest());
      return { jobId: job.id, folder, trainer: 'stepping', metrics: { steps } };
    },
    close: async () => {},
  };
}
