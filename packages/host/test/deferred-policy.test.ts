import { LayerId } from '@continuum/contract/layer';
import type { Policy } from '@continuum/contract/ports/policy';
import { describe, expect, test } from 'vitest';
import { deferPolicy } from '../src/deferred-policy.ts';

const layer = LayerId.parse(`layer-${'a'.repeat(32)}`);

function opened() {
  const held = new Map<string, readonly LayerId[]>();
  const calls: string[] = [];
  const policy: Policy = {
    baseModel: 'base',
    score: async (requests, layers) =>
      requests.map(() => ({ logProbabilities: [-1], composition: { baseModel: 'base', layers: [...layers] } })),
    hold: async (holder, layers) => {
      held.set(holder, layers);
    },
    release: (holder) => held.get(holder) ?? [],
    resident: () => [],
    close: async () => {
      calls.push('closed');
    },
  };
  return { policy, calls };
}

describe('a policy that is opened when it is first asked', () => {
  test('loads nothing for holders of nothing, and once for many who ask', async () => {
    const { policy } = opened();
    let loads = 0;
    const deferred = deferPolicy('base', async () => {
      loads += 1;
      return policy;
    });
    await deferred.hold('security-ai', []);
    expect([deferred.baseModel, deferred.release('security-ai'), deferred.resident(), loads]).toEqual([
      'base',
      [],
      [],
      0,
    ]);
    await Promise.all([
      deferred.score([{ prompt: 'a', completions: ['b'] }], []),
      deferred.hold('security-ai', [layer]),
    ]);
    expect([loads, deferred.release('security-ai')]).toEqual([1, [layer]]);
  });

  test('tries again after it could not be opened', async () => {
    const { policy } = opened();
    let attempts = 0;
    const deferred = deferPolicy('base', async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('away');
      return policy;
    });
    await expect(deferred.score([], [])).rejects.toThrow('away');
    await expect(deferred.score([], [])).resolves.toEqual([]);
  });

  test('closes what was opened, and nothing where nothing was', async () => {
    const { policy, calls } = opened();
    await deferPolicy('base', async () => policy).close();
    expect(calls).toEqual([]);
    const deferred = deferPolicy('base', async () => policy);
    await deferred.score([], []);
    await deferred.close();
    expect(calls).toEqual(['closed']);
  });
});
