import { FindingId, ScopeId } from '@continuum/contract/ids';
import type { LayerId } from '@continuum/contract/layer';
import { activeLayers, recordTrial } from '@continuum/genome/active-layers';
import { readScopeLayers } from '@continuum/genome/registry';
import { newLayer } from '@continuum/testing/layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGenomeDaemon } from '../src/daemon.ts';
import { readTally } from '../src/trials.ts';
import { OPERATOR, openTestGenome, SECURITY_AI, type TestGenome } from './runtime.ts';

const SECURITY = ScopeId.parse('/security/');
const CHAIN = [SECURITY, ScopeId.parse('/')];

let genome: TestGenome;
let daemon: ReturnType<typeof createGenomeDaemon>;
const running: (typeof daemon)[] = [];

beforeEach(async () => {
  genome = await openTestGenome();
  daemon = createGenomeDaemon(genome.runtime);
  running.push(daemon);
  await daemon.start();
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
  await genome.close();
});

const add = (weights: string) => genome.layerStore.add(weights, newLayer({ scope: SECURITY })).id;
const promote = (id: LayerId) => genome.runtime.commands.execute('layers/promote', { id }, OPERATOR);
const rollback = (id: LayerId) => genome.runtime.commands.execute('layers/rollback', { id }, OPERATOR);
const list = (filter = {}) => genome.runtime.commands.execute('layers/list', filter, OPERATOR);
const active = () => activeLayers(genome.runtime.store.values, CHAIN);

async function activate(id: LayerId): Promise<void> {
  for (const state of ['shadow', 'canary', 'active']) expect((await promote(id)).state).toBe(state);
}

describe('a layer', () => {
  it('that nobody wrote down after a crash is a candidate, and the newest comes first', async () => {
    const old = add('one');
    const young = genome.layerStore.add('two', newLayer({ scope: SECURITY, at: '2026-02-01T00:00:00.000Z' })).id;
    expect(await list()).toMatchObject([
      { id: young, state: 'candidate', because: expect.stringContaining('not judged') },
      { id: old, state: 'candidate', gates: [] },
    ]);
    await activate(young);
    expect(await list({ state: 'active' })).toMatchObject([{ id: young, because: 'Moved by ann.' }]);
    expect(await list({ scope: '/frontend/' })).toEqual([]);
  });

  it('goes step by step to active and is told of; whoever is in the scope holds it at once', async () => {
    const heard: string[] = [];
    await genome.runtime.bus.subscribe('layer:changed', async ({ payload }) => void heard.push(payload.state));
    await genome.runtime.commands.execute('scope/enter', { persona: SECURITY_AI, scope: SECURITY }, OPERATOR);
    expect(genome.policy.held.get(SECURITY_AI)).toEqual([]);
    const id = add('one');
    await activate(id);
    await genome.settled();
    expect(heard).toEqual(['shadow', 'canary', 'active']);
    expect(genome.policy.held.get(SECURITY_AI)).toEqual([id]);
    expect(await genome.runtime.metrics.metrics()).toContain(
      'continuum_layer_moves_total{scope="/security/",state="active"} 1',
    );
    await expect(promote(id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('leaves out no step, and one of another base or damaged has no say', async () => {
    const id = add('one');
    const { commands } = genome.runtime;
    const leap = commands.execute('layers/promote', { id, to: 'active' }, OPERATOR);
    await expect(leap).rejects.toMatchObject({ code: 'CONFLICT' });
    const foreign = genome.layerStore.add('x', newLayer({ scope: SECURITY, baseModel: 'c'.repeat(64) })).id;
    await expect(promote(foreign)).rejects.toMatchObject({ code: 'LAYER_INCOMPATIBLE' });
    genome.layerStore.damage(id);
    await expect(promote(id)).rejects.toMatchObject({ code: 'LAYER_CORRUPT' });
    const archived = await commands.execute('layers/promote', { id, to: 'archived' }, OPERATOR);
    expect(archived.state).toBe('archived');
  });

  it('taken back gives its place to the very layer before it', async () => {
    const [first, second] = [add('one'), add('two')];
    await activate(first);
    const before = await genome.runtime.layerStore.open(first);
    await activate(second);
    expect(await active()).toEqual([second]);
    const { archived, active: now } = await rollback(second);
    expect([archived.id, archived.state, now?.id, now?.state]).toEqual([second, 'archived', first, 'active']);
    expect(await active()).toEqual([first]);
    expect(await genome.runtime.layerStore.open(first)).toEqual(before);
    expect((await rollback(first)).active).toBeUndefined();
    expect(await active()).toEqual([]);
    await expect(rollback(first)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('taken back passes over an earlier layer that is damaged', async () => {
    const [first, second, third] = [add('one'), add('two'), add('three')];
    for (const id of [first, second, third]) await activate(id);
    genome.layerStore.damage(second);
    expect((await rollback(third)).active?.id).toBe(first);
  });

  it('travels as a bundle and arrives as a candidate', async () => {
    const id = add('one');
    const { commands } = genome.runtime;
    const file = '/tmp/no-such-folder/one.layer';
    expect(await commands.execute('layers/export', { id, file }, OPERATOR)).toEqual({ file });
    await genome.layerStore.remove(id);
    expect(await commands.execute('layers/import', { file }, OPERATOR)).toMatchObject({ id, state: 'candidate' });
    const relative = commands.execute('layers/export', { id, file: 'one.layer' }, OPERATOR);
    await expect(relative).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const taken = commands.execute('layers/export', { id, file: import.meta.filename }, OPERATOR);
    await expect(taken).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('after a restart', () => {
  it('personas hold what they held, and the pointer is the same', async () => {
    const id = add('one');
    await activate(id);
    await genome.runtime.commands.execute('scope/enter', { persona: SECURITY_AI, scope: SECURITY }, OPERATOR);
    await daemon.stop();
    const { runtime, policy } = genome.restarted();
    const again = createGenomeDaemon(runtime);
    running.push(again);
    await again.start();
    expect(policy.held.get(SECURITY_AI)).toEqual([id]);
    expect(await runtime.commands.execute('layers/list', {}, OPERATOR)).toMatchObject([{ id, state: 'active' }]);
  });
});

describe('a trial', () => {
  let serial = 0;
  async function settle(layer: LayerId, stage: 'shadow' | 'canary', wanted: boolean, candidate: number) {
    const findingId = FindingId.parse(`fnd_${serial++}`);
    const { bus, store } = genome.runtime;
    await recordTrial(store.values, findingId, { scope: SECURITY, layer, stage, baseline: 0.8, candidate }, new Date());
    const event = { findingId, repo: 'acme/shop', status: wanted ? 'confirmed' : 'declined' };
    await bus.emit('finding:changed', event);
    await bus.emit('finding:changed', event);
    await genome.settled();
  }
  const stateOf = async (id: LayerId) => (await list()).find((layer) => layer.id === id);

  it('that shows the candidate better moves it on by itself, in shadow and as canary', async () => {
    const id = add('one');
    await promote(id);
    for (let n = 0; n < 8; n++) await settle(id, 'shadow', false, 0.2);
    expect(await stateOf(id)).toMatchObject({
      state: 'canary',
      because: 'Better than what decides now: alone right 8 times, alone wrong 0 times in 8 settled findings.',
      gates: [{ gate: 'shadow', passed: true }],
    });
    for (let n = 0; n < 8; n++) await settle(id, 'canary', false, 0.2);
    expect(await stateOf(id)).toMatchObject({ state: 'active', gates: [{ gate: 'shadow' }, { gate: 'canary' }] });
    expect(await active()).toEqual([id]);
  });

  it('that shows it worse archives it with the reason, and who decides stays', async () => {
    const [first, second] = [add('one'), add('two')];
    await activate(first);
    await promote(second);
    for (let n = 0; n < 8; n++) await settle(second, 'shadow', true, 0.2);
    expect(await stateOf(second)).toMatchObject({ state: 'archived', because: expect.stringContaining('Worse') });
    expect(await active()).toEqual([first]);
  });

  it('counts a finding once, and only while its layer is in that stage', async () => {
    const id = add('one');
    await promote(id);
    await settle(id, 'canary', false, 0.2);
    await settle(id, 'shadow', false, 0.2);
    const { values } = genome.runtime.store;
    expect(await readTally(values, { layer: id, stage: 'canary' })).toMatchObject({ outcomes: 0 });
    expect(await readTally(values, { layer: id, stage: 'shadow' })).toMatchObject({ outcomes: 1, better: 1 });
    expect((await readScopeLayers(values, SECURITY)).layers).toHaveLength(1);
    await rollback(id);
    expect(await readTally(values, { layer: id, stage: 'shadow' })).toMatchObject({ outcomes: 0 });
  });
});
