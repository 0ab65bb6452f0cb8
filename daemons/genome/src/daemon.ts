import type { LayerManifest } from '@continuum/contract/layer';
import type { Subscription } from '@continuum/contract/ports/bus';
import type { Daemon, Runtime } from '@continuum/host/runtime';
import { countExample } from './counters.ts';
import { enterScope, listLayers, recordEntry } from './enter.ts';

export interface GenomeDaemon extends Daemon {
  /** All layers on disk, whatever their state, by id. */
  listLayers(): Promise<LayerManifest[]>;
}

/** Knows the scopes: who is where, what comes along on entry, and how much each scope has to learn from. */
export function createGenomeDaemon(runtime: Runtime): GenomeDaemon {
  let subscriptions: Subscription[] = [];
  return {
    name: 'genome',
    listLayers: () => listLayers(runtime),
    async start() {
      runtime.commands.register('scope/enter', (input) => enterScope(runtime, input));
      subscriptions = await subscribe(runtime);
    },
    async stop() {
      const running = subscriptions;
      subscriptions = [];
      await Promise.all(running.map((subscription) => subscription.stop()));
    },
  };
}

function subscribe({ bus, store, now }: Runtime): Promise<Subscription[]> {
  return Promise.all([
    bus.subscribe('learning:example', async ({ payload, id }) => countExample(store, payload, id, now()), {
      durable: 'genome-counters',
    }),
    bus.subscribe('scope:entered', async ({ payload }) => recordEntry(store.values, payload), {
      durable: 'genome-entries',
    }),
  ]);
}
