import type { Commands } from '@continuum/contract/command';
import type { Subscription } from '@continuum/contract/ports/bus';
import { refreshHolds, syncHolds } from '@continuum/host/holds';
import type { Daemon } from '@continuum/host/runtime';
import { countExample } from './counters.ts';
import { enterScope, type HoldOptions, leaveScope } from './enter.ts';
import { exportLayer, importLayer, listLayers, promoteLayer, rollbackLayer } from './layers.ts';
import { genomeMetrics } from './metrics.ts';
import type { GenomeRuntime } from './runtime.ts';
import { settleTrial } from './trials.ts';

/**
 * Knows the scopes and their layers: who is where and holds what, how much each scope has to learn from, which layer decides,
 * which one is on trial and how the trial goes.
 */
export function createGenomeDaemon(runtime: GenomeRuntime, options: HoldOptions = { keepsHolds: true }): Daemon {
  let subscriptions: Subscription[] = [];
  return {
    name: 'genome',
    async start() {
      registerCommands(runtime.commands, runtime, options);
      subscriptions = await subscribe(runtime, options);
      if (options.keepsHolds) await syncHolds(runtime);
    },
    async stop() {
      const running = subscriptions;
      subscriptions = [];
      await Promise.all(running.map((subscription) => subscription.stop()));
    },
  };
}

function registerCommands(commands: Commands, runtime: GenomeRuntime, options: HoldOptions): void {
  commands.register('scope/enter', (input) => enterScope(runtime, input, options));
  commands.register('scope/leave', (input) => leaveScope(runtime, input, options));
  commands.register('layers/list', (input) => listLayers(runtime, input));
  commands.register('layers/promote', (input, context) => promoteLayer(runtime, input, context));
  commands.register('layers/rollback', (input, context) => rollbackLayer(runtime, input, context));
  commands.register('layers/export', (input) => exportLayer(runtime, input));
  commands.register('layers/import', (input, context) => importLayer(runtime, input, context));
}

async function subscribe(runtime: GenomeRuntime, { keepsHolds }: HoldOptions): Promise<Subscription[]> {
  const { bus, store, now } = runtime;
  const metrics = genomeMetrics(runtime.metrics);
  // Where personas judge elsewhere, each of their processes keeps its layers by itself.
  const holds = keepsHolds
    ? [
        bus.subscribe('layer:changed', async ({ payload }) => refreshHolds(runtime, payload.scope), {
          durable: 'genome-holds',
        }),
      ]
    : [];
  return Promise.all([
    ...holds,
    bus.subscribe('learning:example', async ({ payload, id }) => countExample(store, payload, id, now()), {
      durable: 'genome-counters',
    }),
    bus.subscribe('finding:changed', async ({ payload }) => settleTrial(runtime, payload), {
      durable: 'genome-trials',
    }),
    bus.subscribe('layer:changed', async ({ payload }) => metrics.changed(payload)),
    bus.subscribe('scope:entered', async ({ payload }) => metrics.entered(payload)),
  ]);
}
