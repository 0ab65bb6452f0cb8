import { EventId, ExampleId, newId, PersonaId, ScopeId } from '@continuum/contract/ids';
import type { LayerId } from '@continuum/contract/layer';
import { Memory, TrainingExample } from '@continuum/contract/learning';
import { readCounter } from '@continuum/genome/counters';
import { currentScope } from '@continuum/host/holds';
import type { Runtime } from '@continuum/host/runtime';
import { newLayer } from '@continuum/testing/layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGenomeDaemon } from '../src/daemon.ts';
import { OPERATOR, openTestGenome, SECURITY_AI, type TestGenome } from './runtime.ts';

const AT = '2026-01-01T00:00:00.000Z';
const AUTH = ScopeId.parse('/security/auth/');
const AUTHOR = { kind: 'person', id: 'ann', name: 'Ann' };

let genome: TestGenome;
let runtime: Runtime;
let daemon: ReturnType<typeof createGenomeDaemon>;

beforeAll(async () => {
  genome = await openTestGenome();
  runtime = genome.runtime;
  daemon = createGenomeDaemon(runtime);
  await daemon.start();
});
afterAll(async () => {
  await daemon.stop();
  await genome.close();
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

/** Through all states, as an operator would. */
async function activate(id: LayerId): Promise<void> {
  for (let step = 0; step < 3; step++) await runtime.commands.execute('layers/promote', { id }, OPERATOR);
}

describe('entering a scope', () => {
  it('brings its memories and active layers and those of its ancestors, is remembered, and is left again', async () => {
    for (const scope of ['/', '/security/', '/security/auth/', '/frontend/']) await addMemory(scope, 'active');
    await addMemory('/security/', 'quarantined');
    const add = (weights: string, scope: string) =>
      genome.layerStore.add(weights, newLayer({ scope: ScopeId.parse(scope) })).id;
    const [security, auth, frontend] = [add('s', '/security/'), add('a', '/security/auth/'), add('f', '/frontend/')];
    add('candidate', '/security/auth/');
    for (const id of [security, auth, frontend]) await activate(id);
    const entered = await runtime.commands.execute('scope/enter', { persona: SECURITY_AI, scope: AUTH }, OPERATOR);
    expect(entered).toEqual({
      persona: 'security-ai',
      scope: '/security/auth/',
      chain: ['/security/auth/', '/security/', '/'],
      memories: 3,
      layers: [security, auth],
    });
    expect(genome.policy.held.get(SECURITY_AI)).toEqual([security, auth]);
    expect(await currentScope(runtime.store.values, SECURITY_AI)).toBe('/security/auth/');
    await genome.settled();
    expect(await runtime.metrics.metrics()).toContain('continuum_scope_entries_total{persona="security-ai"');
    const left = await runtime.commands.execute('scope/leave', { persona: SECURITY_AI }, OPERATOR);
    expect(left.released).toEqual([security, auth]);
    expect(genome.policy.held.size).toBe(0);
    expect(await currentScope(runtime.store.values, SECURITY_AI)).toBeUndefined();
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
    await genome.settled();
    expect(await readCounter(runtime.store.values, AUTH)).toEqual({ examples: 2, pairs: 1 });
    await emit(waiting, 'active');
    await emit(pair, 'revoked');
    await emit(pair, 'revoked');
    await genome.settled();
    expect(await readCounter(runtime.store.values, AUTH)).toEqual({ examples: 2, pairs: 1 });
    expect(await readCounter(runtime.store.values, ScopeId.parse('/frontend/'))).toEqual({ examples: 0, pairs: 0 });
  });
});
