import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus } from '@continuum/bus/embedded';
import { ContinuumError } from '@continuum/contract/errors';
import { type ExampleId, FeedbackId, MessageId, newId, PersonaId } from '@continuum/contract/ids';
import { PersonaDefinition, ScopeDefinition } from '@continuum/contract/persona';
import { createCommands } from '@continuum/host/commands';
import type { Runtime } from '@continuum/host/runtime';
import { readSettings } from '@continuum/host/settings';
import { openPgliteStore } from '@continuum/store/pglite';
import {
  createMemoryLayerStore,
  createScriptedPolicy,
  createSteppingTrainer,
  type MemoryLayerStore,
} from '@continuum/testing/layers';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { registerLayers } from './layers.ts';

export const PERSONAS = [
  PersonaDefinition.parse({
    id: 'security-ai',
    name: 'Security AI',
    emoji: '🛡️',
    description: 'Looks for ways in: injection, secrets, unsafe input.',
    interests: ['security'],
    skills: [{ analyzer: 'ast', categories: ['security', 'secret'] }],
  }),
  PersonaDefinition.parse({
    id: 'code-review-ai',
    name: 'Code Review AI',
    emoji: '🔍',
    description: 'Reads changes for mistakes and confusing code.',
    interests: ['review'],
    skills: [{ analyzer: 'eslint', categories: ['correctness', 'maintainability'] }],
  }),
];
export const SCOPES = [
  ScopeDefinition.parse({ id: '/', description: 'Everything', paths: ['**'] }),
  ScopeDefinition.parse({ id: '/security/', description: 'Security', paths: ['**/auth/**'], categories: ['security'] }),
];

function unused(): never {
  throw new Error('the gateway must not use the journal or the analyzers');
}

export interface TestRuntime {
  readonly runtime: Runtime;
  readonly layerStore: MemoryLayerStore;
  readonly close: () => Promise<void>;
}

/** A runtime on a real PGlite store and the embedded bus; the commands that other daemons own write straight to the store. */
export async function openTestRuntime(environment: Record<string, string> = {}): Promise<TestRuntime> {
  const home = await mkdtemp(join(tmpdir(), 'gateway-'));
  const now = () => new Date();
  const log = pino({ level: 'silent' });
  const store = await openPgliteStore({ folder: join(home, 'store'), now });
  const bus = createEmbeddedBus({ stream: store.stream, now, log });
  const commands = createCommands(store);
  const layerStore = createMemoryLayerStore();
  const runtime: Runtime = {
    ...{
      log,
      now,
      store,
      bus,
      commands,
      chatHost: undefined,
      codeHost: undefined,
      deliverySources: [],
      trackers: [],
      model: undefined,
    },
    settings: readSettings({ PORT: '0', CONTINUUM_HOME: home, ...environment }),
    metrics: new Registry(),
    personas: PERSONAS,
    recipes: [],
    scopes: SCOPES,
    ...{ layerStore, policy: createScriptedPolicy(), trainer: createSteppingTrainer(), baseFolder: '/base' },
    journal: {
      ...{ append: unused, pending: unused, pendingBytes: unused, checkpoint: unused, all: unused, close: unused },
      ...{ since: unused, find: unused, copyTo: unused },
    },
    analyzers: { analyzers: [], analyze: unused, close: unused },
  };
  registerCommands(runtime);
  registerLayers(runtime);
  const close = async () => {
    await bus.close();
    await store.close();
    await rm(home, { recursive: true, force: true });
  };
  return { runtime, layerStore, close };
}

function registerCommands(runtime: Runtime): void {
  const { commands, store, bus, now } = runtime;
  const at = () => now().toISOString();
  commands.register('chat/send', async (input) => {
    const parent = input.replyTo === undefined ? undefined : await store.rooms.message(input.replyTo);
    const message = {
      ...{ id: MessageId.parse(newId('msg')), roomId: input.roomId, author: input.author, text: input.text, at: at() },
      ...{ threadId: parent?.threadId ?? parent?.id ?? null, replyTo: input.replyTo ?? null, hop: 0 },
      source: input.source ?? { kind: 'system' as const },
    };
    await store.rooms.addMessage(message);
    await bus.emit('room:message', { messageId: message.id, roomId: message.roomId });
    return message;
  });
  commands.register('knowledge/ask', async ({ question }) => ({
    ...{ known: false, text: `I don't know: ${question}`, evidence: [], persona: PersonaId.parse('security-ai') },
    lookedAt: { corrections: 0, findings: 0, messages: 0, code: 0 },
  }));
  commands.register('feedback/give', async ({ source, ...input }) => {
    const feedback = {
      ...input,
      id: FeedbackId.parse(newId('fb')),
      at: at(),
      source: source ?? { kind: 'api' as const },
    };
    await store.learning.addFeedback(feedback);
    if (input.findingId !== undefined && input.value !== 'up') {
      await store.reviews.setStatus(input.findingId, 'declined');
      await bus.emit('finding:changed', { findingId: input.findingId, repo: 'acme/shop', status: 'declined' });
    }
    return { ...feedback, learned: 'active' as const };
  });
  commands.register('review/run', async ({ change }) => {
    throw new ContinuumError('OVERLOADED', `busy with ${change.title}`, { retryAfterMs: 2500 });
  });
  commands.register('examples/list', ({ scope, state, limit }) =>
    store.learning.examples({ limit, ...(scope && { scope }), ...(state && { state }) }),
  );
  commands.register('audit/verify', async () => {
    const brokenAt = await store.audit.verify();
    return { intact: brokenAt === undefined, ...(brokenAt === undefined ? {} : { brokenAt }) };
  });
  commands.register('deliveries/replay', async ({ source, deliveryId }) => ({
    ...{ id: `${source}:${deliveryId}:replay`, event: 'push', at: at() },
  }));
  commands.register('deliveries/reconcile', async ({ source, since }) => ({
    ...{ source, since: since ?? at(), until: at(), missed: 3, accepted: 2 },
  }));
  commands.register('examples/export', async ({ format }) => ({ jsonl: `{"format":"${format}"}\n`, count: 1 }));
  commands.register('memory/list', ({ repo, state, limit }) =>
    store.learning.memories({ limit, ...(repo && { repo }), ...(state && { state }) }),
  );
  commands.register('memory/revoke', async ({ id }) => {
    await store.learning.setMemoryState(id, 'revoked');
    const memory = await store.learning.memory(id);
    if (memory === undefined) throw new ContinuumError('NOT_FOUND', `no memory ${id}`);
    return memory;
  });
  const decide = (state: 'active' | 'revoked') => async (input: { readonly id: ExampleId }) => {
    await store.learning.setExampleState(input.id, state);
    const example = await store.learning.example(input.id);
    if (example === undefined) throw new ContinuumError('NOT_FOUND', `no example ${input.id}`);
    return example;
  };
  commands.register('examples/approve', decide('active'));
  commands.register('examples/revoke', decide('revoked'));
  commands.register('consent/set', async (input) => ({ ...input, at: at() }));
  commands.register('scope/leave', async ({ persona }) => ({ persona, released: [] }));
  commands.register('scope/enter', async ({ persona, scope }) => ({
    ...{ persona, scope, chain: [scope], memories: 2, layers: [] },
  }));
}
