import { FindingId, ScopeId } from '@continuum/contract/ids';
import { LayerId } from '@continuum/contract/layer';
import type { KeyValueStore } from '@continuum/contract/ports/store';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  activeLayers,
  layersInForce,
  readPointer,
  readTrial,
  recordTrial,
  writePointer,
} from '../src/active-layers.ts';
import { scopeChain } from '../src/scopes.ts';

const layer = (n: number) => LayerId.parse(`layer-${String(n).padStart(32, '0')}`);
const [ROOT_LAYER, SECURITY_LAYER, TRIED] = [layer(1), layer(2), layer(3)];
const [ROOT, SECURITY] = [ScopeId.parse('/'), ScopeId.parse('/security/')];
const CHAIN = scopeChain(ScopeId.parse('/security/auth/'));

let values: KeyValueStore;
beforeEach(async () => {
  const kept = new Map<string, unknown>();
  values = {
    get: async (key) => kept.get(key),
    set: async (key, value) => void kept.set(key, value),
    delete: async (key) => void kept.delete(key),
    lock: async () => undefined,
  };
  await writePointer(values, ROOT, { active: ROOT_LAYER, canaryShare: 0 });
  await writePointer(values, SECURITY, { active: SECURITY_LAYER, canaryShare: 0 });
});

describe('the layers that decide', () => {
  it('are the active ones of the chain, outermost scope first', async () => {
    expect(await activeLayers(values, CHAIN, 'acme/shop#1')).toEqual([ROOT_LAYER, SECURITY_LAYER]);
    expect(await activeLayers(values, scopeChain(ScopeId.parse('/frontend/')))).toEqual([ROOT_LAYER]);
  });

  it('are nobody where the pointer cannot be read', async () => {
    await values.set('genome:pointer:/security/', { active: 'what?' });
    expect(await readPointer(values, SECURITY)).toEqual({ canaryShare: 0 });
    expect(await activeLayers(values, CHAIN)).toEqual([ROOT_LAYER]);
  });

  it('are the canary for its share of the pull requests, always the same ones', async () => {
    await writePointer(values, SECURITY, { active: SECURITY_LAYER, canary: TRIED, canaryShare: 0.25 });
    const decide = (n: number) => activeLayers(values, CHAIN, `acme/shop#${n}`);
    const all = await Promise.all(Array.from({ length: 1000 }, (_, n) => decide(n)));
    const canaries = all.filter(([, inner]) => inner === TRIED).length;
    expect(canaries).toBeGreaterThan(190);
    expect(canaries).toBeLessThan(310);
    expect(await Promise.all(Array.from({ length: 1000 }, (_, n) => decide(n)))).toEqual(all);
    expect(await activeLayers(values, CHAIN)).toEqual([ROOT_LAYER, SECURITY_LAYER]);
  });
});

describe('a trial', () => {
  it('in shadow is scored beside what decides', async () => {
    await writePointer(values, SECURITY, { active: SECURITY_LAYER, shadow: TRIED, canaryShare: 0 });
    const { deciding, trial } = await layersInForce(values, CHAIN, 'acme/shop#1');
    expect(deciding).toEqual([ROOT_LAYER, SECURITY_LAYER]);
    expect(trial).toEqual({
      ...{ scope: SECURITY, layer: TRIED, stage: 'shadow', baseline: [ROOT_LAYER, SECURITY_LAYER] },
      candidate: [ROOT_LAYER, TRIED],
    });
  });

  it('as canary decides, and the active layer is scored beside', async () => {
    await writePointer(values, SECURITY, { canary: TRIED, canaryShare: 1 });
    const { deciding, trial } = await layersInForce(values, CHAIN, 'acme/shop#1');
    expect(deciding).toEqual([ROOT_LAYER, TRIED]);
    expect(trial).toMatchObject({ stage: 'canary', baseline: [ROOT_LAYER], candidate: [ROOT_LAYER, TRIED] });
  });

  it('changes exactly one place of the chain', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.boolean(), fc.float({ min: 0, max: 1, noNaN: true }), async (a, s, share) => {
        await writePointer(values, SECURITY, {
          ...(a ? { active: SECURITY_LAYER } : {}),
          ...(s ? { shadow: TRIED } : {}),
          ...{ canary: layer(4), canaryShare: share },
        });
        const { deciding, trial } = await layersInForce(values, CHAIN, 'acme/shop#7');
        if (trial === undefined) return;
        expect(deciding).toEqual(trial.stage === 'canary' ? trial.candidate : trial.baseline);
        expect(trial.candidate.filter((id) => !trial.baseline.includes(id))).toEqual([trial.layer]);
      }),
    );
  });

  it('of a finding is kept', async () => {
    const id = FindingId.parse('fnd_1');
    const record = { scope: SECURITY, layer: TRIED, stage: 'shadow', baseline: 0.4, candidate: 0.6 } as const;
    await recordTrial(values, id, record, new Date());
    expect(await readTrial(values, id)).toEqual(record);
    expect(await readTrial(values, FindingId.parse('fnd_2'))).toBeUndefined();
  });
});
