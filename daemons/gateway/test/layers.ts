import { ContinuumError } from '@continuum/contract/errors';
import type { Layer } from '@continuum/contract/layer';
import { admit, judged, move, nextState, recordOf, rollback } from '@continuum/genome/lifecycle';
import { changeScopeLayers, readScopeLayers, toLayer } from '@continuum/genome/registry';
import type { Runtime } from '@continuum/host/runtime';

const GATES: Layer['gates'] = [
  {
    ...{ gate: 'held-out-lift', passed: true, value: 0.31, limit: 0.44 },
    text: '18 of 20 right, memory alone 16; log loss .31 against .44, chance of luck .008.',
  },
  {
    ...{ gate: 'golden-set', passed: true, value: 31, limit: 31 },
    text: 'Keeps all 31 golden cases that memory alone gets right, of 31.',
  },
];

/** The commands of the genome and training daemons, by the same rules and without training anything. */
export function registerLayers({ commands, layerStore, store, bus, now }: Runtime): void {
  const occasion = () => ({ because: 'By hand.', at: now().toISOString() });
  const list = async () =>
    Promise.all(
      (await layerStore.list()).map(async (each) => toLayer(each, await readScopeLayers(store.values, each.scope))),
    );
  commands.register('layers/list', async ({ scope, state }) =>
    (await list()).filter((each) => (scope ?? each.scope) === each.scope && (state ?? each.state) === each.state),
  );
  commands.register('layers/promote', async ({ id, to }) => {
    const manifest = await layerStore.get(id);
    const { after } = await changeScopeLayers(store, manifest.scope, (scope) => {
      const known = judged(admit(scope, id, occasion()), id, GATES);
      return move(known, id, to ?? nextState(recordOf(known, id).state) ?? 'archived', occasion());
    });
    const layer = toLayer(manifest, after);
    await bus.emit('layer:changed', { layerId: id, scope: layer.scope, state: layer.state, because: layer.because });
    return layer;
  });
  commands.register('layers/rollback', async ({ id }) => {
    const manifest = await layerStore.get(id);
    const { after } = await changeScopeLayers(store, manifest.scope, (scope) => rollback(scope, id, occasion()).scope);
    return { scope: manifest.scope, archived: toLayer(manifest, after) };
  });
  commands.register('layers/train', async ({ scope, wait }) => {
    const state = wait ? ('done' as const) : ('queued' as const);
    const progress = { jobId: 'job_1', state, step: 0, steps: 40, tokens: 0 };
    await bus.emit('training:progress', { ...progress, scope });
    return { jobId: 'job_1', progress };
  });
  commands.register('layers/cancel', async ({ jobId }) => {
    if (jobId !== 'job_1') throw new ContinuumError('NOT_FOUND', `there is no training job ${jobId}`);
    return { jobId, state: 'cancelled', step: 3, steps: 40, tokens: 900 };
  });
  commands.register('layers/export', async ({ id, file }) => {
    await layerStore.exportBundle(id, file);
    return { file };
  });
  commands.register('layers/import', async ({ file, trust }) => {
    const manifest = await layerStore.importBundle(file, { baseModel: 'b'.repeat(64), trust });
    return toLayer(manifest, await readScopeLayers(store.values, manifest.scope));
  });
}
