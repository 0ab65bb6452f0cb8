import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus } from '@continuum/bus/embedded';
import { PersonaId } from '@continuum/contract/ids';
import { PersonaDefinition, ScopeDefinition } from '@continuum/contract/persona';
import type { Store } from '@continuum/contract/ports/store';
import { createCommands } from '@continuum/host/commands';
import type { Runtime } from '@continuum/host/runtime';
import { readSettings } from '@continuum/host/settings';
import { openPgliteStore } from '@continuum/store/pglite';
import {
  createMemoryLayerStore,
  createScriptedPolicy,
  type MemoryLayerStore,
  type ScriptedPolicy,
} from '@continuum/testing/layers';
import { pino } from 'pino';
import { Registry } from 'prom-client';

export const SECURITY_AI = PersonaId.parse('security-ai');
export const OPERATOR = { caller: { kind: 'operator', id: 'ann' } } as const;

function unused(port: string): never {
  throw new Error(`the genome daemon must not use ${port}`);
}

export interface TestGenome {
  readonly runtime: Runtime;
  readonly layerStore: MemoryLayerStore;
  readonly policy: ScriptedPolicy;
  settled(): Promise<void>;
  /** The same store seen by a process that has just started: other commands, a policy that holds nothing. */
  restarted(): { readonly runtime: Runtime; readonly policy: ScriptedPolicy };
  /** What a process sees that works on another store. */
  on(store: Store): Runtime;
  close(): Promise<void>;
}

/** A real store and bus; layers and the policy without files and models. */
export async function openTestGenome(): Promise<TestGenome> {
  const home = await mkdtemp(join(tmpdir(), 'genome-'));
  const now = () => new Date();
  const log = pino({ level: 'silent' });
  const store = await openPgliteStore({ folder: join(home, 'store'), now });
  const bus = createEmbeddedBus({ stream: store.stream, now, log });
  const layerStore = createMemoryLayerStore();
  const scope = (id: string) => ScopeDefinition.parse({ id, description: id, paths: ['x/**'] });
  const persona = { id: SECURITY_AI, name: 'Security AI', description: 's', interests: [], skills: [] };
  const runtimeWith = (policy: ScriptedPolicy, on: Store = store): Runtime => ({
    ...{
      log,
      now,
      store: on,
      bus,
      chatHost: undefined,
      codeHost: undefined,
      model: undefined,
      recipes: [],
      layerStore,
      policy,
    },
    deliverySources: [],
    trackers: [],
    commands: createCommands(on),
    settings: readSettings({ PORT: '0', CONTINUUM_HOME: home }),
    metrics: new Registry(),
    baseFolder: '/base',
    personas: [PersonaDefinition.parse(persona)],
    scopes: [scope('/'), scope('/security/'), scope('/security/auth/')],
    get journal() {
      return unused('the journal');
    },
    get analyzers() {
      return unused('the analyzers');
    },
    get trainer() {
      return unused('the trainer');
    },
  });
  const policy = createScriptedPolicy();
  return {
    ...{ runtime: runtimeWith(policy), layerStore, policy },
    settled: () => bus.idle(10_000),
    restarted() {
      const fresh = createScriptedPolicy();
      return { runtime: runtimeWith(fresh), policy: fresh };
    },
    on: (other) => runtimeWith(createScriptedPolicy(), other),
    async close() {
      await bus.close();
      await store.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
