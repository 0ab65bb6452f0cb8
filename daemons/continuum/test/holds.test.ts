import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus } from '@continuum/bus/embedded';
import { PersonaId, ScopeId } from '@continuum/contract/ids';
import type { LayerId } from '@continuum/contract/layer';
import { PersonaDefinition, ScopeDefinition } from '@continuum/contract/persona';
import { createGenomeDaemon } from '@continuum/daemon-genome/daemon';
import { followPlaces } from '@continuum/daemon-persona/holds';
import { createCommands } from '@continuum/host/commands';
import { readSettings } from '@continuum/host/settings';
import { openPgliteStore } from '@continuum/store/pglite';
import { createMemoryLayerStore, createScriptedPolicy, newLayer } from '@continuum/testing/layers';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, test, vi } from 'vitest';

const PERSONA = PersonaId.parse('security-ai');
const SCOPE = ScopeId.parse('/security/');
const OPERATOR = { caller: { kind: 'operator', id: 'ann' } } as const;

test('where personas judge in other processes, each of them keeps the layers of the scope, and the genome none', async () => {
  const home = await mkdtemp(join(tmpdir(), 'holds-'));
  const log = pino({ level: 'silent' });
  const store = await openPgliteStore({ folder: join(home, 'store') });
  const bus = createEmbeddedBus({ stream: store.stream, log });
  const layerStore = createMemoryLayerStore();
  const shared = {
    ...{
      store,
      bus,
      log,
      now: () => new Date(),
      layerStore,
      recipes: [],
      settings: readSettings({ CONTINUUM_HOME: home }),
    },
    personas: [PersonaDefinition.parse({ id: PERSONA, name: 'S', description: 's', interests: [], skills: [] })],
    scopes: ['/', SCOPE].map((id) => ScopeDefinition.parse({ id, description: id, paths: ['x/**'] })),
  };
  const process = () => ({
    ...{ ...shared, policy: createScriptedPolicy(), commands: createCommands(store), metrics: new Registry() },
  });
  const [genome, one, two] = [process(), process(), process()];
  const daemons = [createGenomeDaemon(genome, { keepsHolds: false }), followPlaces(one), followPlaces(two)];
  for (const daemon of daemons) await daemon.start();
  const held = async (layers: readonly LayerId[] | undefined) => {
    for (const { policy } of [one, two]) await vi.waitFor(() => expect(policy.held.get(PERSONA)).toEqual(layers));
  };
  const activate = async (weights: string) => {
    const { id } = layerStore.add(weights, newLayer({ scope: SCOPE }));
    for (let step = 0; step < 3; step++) await genome.commands.execute('layers/promote', { id }, OPERATOR);
    return id;
  };

  const first = await activate('first');
  const entered = await genome.commands.execute('scope/enter', { persona: PERSONA, scope: SCOPE }, OPERATOR);
  expect(entered.layers).toEqual([first]);
  await held([first]);
  const second = await activate('second');
  await held([second]);
  const left = await genome.commands.execute('scope/leave', { persona: PERSONA }, OPERATOR);
  expect(left.released).toEqual([second]);
  await held(undefined);
  expect(genome.policy.held.size).toBe(0);

  for (const daemon of daemons) await daemon.stop();
  await bus.close();
  await store.close();
  await rm(home, { recursive: true, force: true });
});
