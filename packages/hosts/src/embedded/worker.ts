import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Adapter } from '@continuum/contract/adapter';
import { toContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import { createEngine, type PreparedAdapter } from '@continuum/transformer/engine';
import { readBaseModel } from '@continuum/transformer/format/weights';
import { notLoaded, toAdapter } from '../layer-folder.ts';
import type { Item, Order, Report, ThreadStart } from './messages.ts';

/* The engine in a thread of its own: it computes for milliseconds at a time, which the main thread must not. */
const { baseFolder, baseModel }: ThreadStart = workerData;
const engine = createEngine(
  readBaseModel({
    configJson: readFileSync(join(baseFolder, 'config.json'), 'utf8'),
    safetensors: readFileSync(join(baseFolder, 'model.safetensors')),
  }),
);
/** A layer that was checked; packed for the kernels when it is first used, so that prefetching holds nobody up. */
type Layer =
  | { readonly kind: 'loaded'; readonly adapter: Adapter }
  | { readonly kind: 'packed'; readonly adapter: PreparedAdapter };
const layers = new Map<LayerId, Layer>();

const report = (message: Report): void => parentPort?.postMessage(message);

parentPort?.on('message', (order: Order) => {
  try {
    report({ kind: 'done', job: order.job, sums: run(order) });
  } catch (thrown) {
    const { code, message, next, retryable } = toContinuumError(thrown);
    report({ kind: 'failed', job: order.job, error: { code, message, next, retryable } });
  }
});
report({ kind: 'ready' });

function run(order: Order): number[][] {
  if (order.kind === 'score') return score(order.items);
  release(order.id);
  if (order.kind === 'load') {
    const { layer } = order;
    const adapter = 'weights' in layer ? toAdapter(layer, { config: engine.config, baseModel }) : layer;
    layers.set(order.id, { kind: 'loaded', adapter });
  }
  return [];
}

function release(id: LayerId): void {
  const layer = layers.get(id);
  if (layer?.kind === 'packed') layer.adapter.release();
  layers.delete(id);
}

function score(items: readonly Item[]): number[][] {
  return engine.score(items.map((item) => ({ ...item, adapters: item.layers.map(packed) })));
}

function packed(id: LayerId): PreparedAdapter {
  const layer = layers.get(id);
  if (layer === undefined) throw notLoaded(id);
  if (layer.kind === 'packed') return layer.adapter;
  const adapter = engine.prepare(layer.adapter);
  layers.set(id, { kind: 'packed', adapter });
  return adapter;
}
