import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBus } from '@continuum/bus/embedded';
import { EventId, ExampleId, newId, PersonaId, ScopeId } from '@continuum/contract/ids';
import { Memory, TrainingExample } from '@continuum/contract/learning';
import { PersonaDefinition, ScopeDefinition } from '@continuum/contract/persona';
import { readCounter } from '@continuum/genome/counters';
import { createCommands } from '@continuum/host/commands';
import type { Runtime } from '@continuum/host/runtime';
import { readSettings } from '@continuum/host/settings';
import { openPgliteStore } from '@continuum/store/pglite';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createGenomeDaemon, type GenomeDaemon } from '../src/daemon.ts';
import { currentScope } from '../src/enter.ts';

const AT = '2026-01-01T00:00:00.000Z';
const OPERATOR = { caller: { kind: 'operator', id: 'ann' } } as const;
const AUTH = ScopeId.parse('/security/auth/');
const SECURITY_AI = PersonaId.parse('security-ai');
const AUTHOR = { kind: 'person', id: 'ann', name: 'Ann' };

let home: string;
let runtime: Runtime;
let daemon: GenomeDaemon;

function unused(port: string): never {
  throw new Error(`the genome daemon must not use ${port}`);
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'genome-'));
  const now = () => new Date();
  const log = pino({ level: 'silent' });
  const store = await openPgliteStore({ folder: join(home, 'store'), now });
  const scope = (id: string) => ScopeDefinition.parse({ id, description: id, paths: ['x/**'] });
  const persona = { id: SECURITY_AI, name: 'Security AI', description: 's', interests: [], skills: [] };
  runtime = {
    ...{ log, now, store, codeHost: undefined, model: undefined, recipes: [] },
    bus: createEmbeddedBus({ stream: store.stream, now, log }),
    commands: createCommands(store),
    settings: readSettings({ PORT: '0', CONTINUUM_HOME: home }),
    metrics: new Registry(),
    personas: [PersonaDefinition.parse(persona)],
    scopes: [scope('/'), scope('/security/'), scope('/security/auth/')],
    get journal() {
      return unused('the journal');
    },
    get analyzers() {
      return unused('the analyzers');
    },
  };
  daemon = createGenomeDaemon(runtime);
  await daemon.start();
});
afterAll(async () => {
  await daemon.stop();
  await runtime.bus.close();
  await runtime.store.close();
  await rm(home, { recursive: true, force: true });
});

async function addMemory(scope: string, state: Memory['state']): Promise<void> {
  const facts = {
    ...{ language: 'js', pathClass: 'source', role: 'read', origins: [], guards: [], sanitizers: [], enclosing: [] },
    ...{ functionName: '', exported: false, callee: '', frameworks: [] },
  };
  const finding = {
    rule: 'ast/x',
    category: 'security',
    severity: 'low',
    confidence: 1,
    path: 'a',
    evidence: 'a',
    facts,
  };
  const fixed = { kind: 'correction', verdict: 'decline', repo: 'acme/shop', reason: '', weight: 1, at: AT };
  const rest = { scope, state, finding, author: AUTHOR, source: { kind: 'web' } };
  await runtime.store.learning.addMemory(Memory.parse({ id: newId('mem'), ...fixed, ...rest }));
}

async function addLayer(id: string, manifest: unknown): Promise<void> {
  await mkdir(join(home, 'genome', id), { recursive: true });
  await writeFile(
    join(home, 'genome', id, 'manifest.json'),
    typeof manifest === 'string' ? manifest : JSON.stringify(manifest),
  );
}

describe('entering a scope', () => {
  it('brings its memories and active layers and those of its ancestors, and is remembered', async () => {
    for (const scope of ['/', '/security/', '/security/auth/', '/frontend/']) await addMemory(scope, 'active');
    await addMemory('/security/', 'quarantined');
    const layer = { baseModel: 'a', state: 'active', bytes: 1, at: AT };
    await addLayer('sec-1', { ...layer, id: 'sec-1', scope: '/security/' });
    await addLayer('auth-1', { ...layer, id: 'auth-1', scope: '/security/auth/' });
    await addLayer('auth-2', { ...layer, id: 'auth-2', scope: '/security/auth/', state: 'candidate' });
    await addLayer('front-1', { ...layer, id: 'front-1', scope: '/frontend/' });
    await addLayer('broken', '{"id":');
    await mkdir(join(home, 'genome', 'empty'));
    const entered = await runtime.commands.execute('scope/enter', { persona: SECURITY_AI, scope: AUTH }, OPERATOR);
    expect(entered).toEqual({
      persona: 'security-ai',
      scope: '/security/auth/',
      chain: ['/security/auth/', '/security/', '/'],
      memories: 3,
      layers: ['auth-1', 'sec-1'],
    });
    await runtime.bus.idle(5000);
    expect(await currentScope(runtime.store.values, SECURITY_AI)).toBe('/security/auth/');
    expect((await daemon.listLayers()).map(({ id }) => id)).toEqual(['auth-1', 'auth-2', 'front-1', 'sec-1']);
  });

  it('works for a scope below a defined one and refuses an unknown persona', async () => {
    const scope = ScopeId.parse('/security/auth/tokens/');
    const entered = await runtime.commands.execute('scope/enter', { persona: SECURITY_AI, scope }, OPERATOR);
    expect(entered.chain).toEqual(['/security/auth/tokens/', '/security/auth/', '/security/', '/']);
    const stranger = { persona: PersonaId.parse('nobody'), scope };
    await expect(runtime.commands.execute('scope/enter', stranger, OPERATOR)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('examples of a scope', () => {
  const emit = (exampleId: ExampleId, state: string, id = newId('evt')) =>
    runtime.bus.emit('learning:example', { exampleId, scope: AUTH, state, priority: 1 }, { id: EventId.parse(id) });

  async function addExample(pair: boolean): Promise<ExampleId> {
    const id = ExampleId.parse(newId('ex'));
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'a' },
    ];
    const preference = { prompt: messages.slice(0, 1), chosen: 'a', rejected: 'b' };
    const provenance = {
      author: AUTHOR,
      permission: 'write',
      source: { kind: 'web' },
      messageIds: [],
      consent: 'default',
    };
    const fixed = { signal: 'correction', quality: 'high', priority: 1, scope: AUTH, state: 'active', at: AT };
    const example = { id, messages, provenance, ...fixed, spanHash: id, ...(pair ? { preference } : {}) };
    await runtime.store.learning.addExample(TrainingExample.parse(example));
    return id;
  }

  it('are counted once, pairs apart; quarantined ones wait, revoked ones go', async () => {
    const [pair, plain, waiting] = [await addExample(true), await addExample(false), await addExample(true)];
    await emit(pair, 'active', 'evt_same');
    await emit(pair, 'active', 'evt_same');
    await emit(pair, 'active');
    await emit(plain, 'active');
    await emit(waiting, 'quarantined');
    await runtime.bus.idle(5000);
    expect(await readCounter(runtime.store.values, AUTH)).toEqual({ examples: 2, pairs: 1 });
    await emit(waiting, 'active');
    await emit(pair, 'revoked');
    await emit(pair, 'revoked');
    await runtime.bus.idle(5000);
    expect(await readCounter(runtime.store.values, AUTH)).toEqual({ examples: 2, pairs: 1 });
    expect(await readCounter(runtime.store.values, ScopeId.parse('/frontend/'))).toEqual({ examples: 0, pairs: 0 });
  });
});
