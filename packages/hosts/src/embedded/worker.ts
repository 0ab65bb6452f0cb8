import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
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
const prepared = new Map<LayerId, PreparedAdapter>();

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
    prepared.set(order.id, engine.prepare(toAdapter(order.files, { config: engine.config, baseModel })));
  }
  return [];
}

function release(id: LayerId): void {
  prepared.get(id)?.release();
  prepared.delete(id);
}

function score(items: readonly Item[]): number[][] {
  const get = (id: LayerId): PreparedAdapter => {
    const adapter = prepared.get(id);
    if (adapter === undefined) throw notLoaded(id);
    return adapter;
  };
  return engine.score(items.map((item) => ({ ...item, adapters: item.layers.map(get) })));
}
