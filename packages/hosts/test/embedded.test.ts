import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { LayerId } from '@continuum/contract/layer';
import { layerHostContract } from '@continuum/testing/layer-host-contract';
import { createLayerWorld, type LayerWorld } from '@continuum/testing/layer-world';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmbeddedHost } from '../src/embedded.ts';
import { createPager } from '../src/pager.ts';
import { manifestOf } from './memory-host.ts';

layerHostContract('embedded', {
  tolerance: 1e-4,
  open: async ({ base }) => ({ host: await createEmbeddedHost({ baseFolder: base.folder }) }),
});

layerHostContract('embedded, two threads', {
  tolerance: 1e-4,
  open: async ({ base }) => ({ host: await createEmbeddedHost({ baseFolder: base.folder, threads: 2 }) }),
});

describe('embedded', () => {
  let world: LayerWorld;
  beforeAll(async () => {
    world = await createLayerWorld(await mkdtemp(join(tmpdir(), 'embedded-')), { onlyLikely: false });
  });
  afterAll(() => rm(world.folder, { recursive: true }));

  test('a thread that dies is replaced with its layers, and nobody notices', async () => {
    const workers: Worker[] = [];
    const onWorker = (worker: Worker): number => workers.push(worker);
    const host = await createEmbeddedHost({ baseFolder: world.base.folder, onWorker });
    const [one, two] = world.layers;
    await host.load(one);
    const inFlight = Array.from({ length: 50 }, () => host.score(world.requests, [one.id]));
    await new Promise(setImmediate);
    const killed = workers[0]?.terminate();
    const loading = host.load(two);
    const answers = await Promise.all(inFlight);
    await killed;
    await loading;
    expect(workers).toHaveLength(2);
    const wanted = world.sums(world.requests, [one])[0]?.[0] ?? Number.NaN;
    for (const [first] of answers) expect(first?.logProbabilities[0]).toBeCloseTo(wanted, 4);
    await expect(host.score(world.requests, [one.id, two.id])).resolves.toHaveLength(world.requests.length);
    await host.close();
  });

  test('no answer is wrong or missing while a pager swaps layers under load', async () => {
    const host = await createEmbeddedHost({ baseFolder: world.base.folder });
    const [one, two, three] = world.layers;
    const layers = {
      get: (id: LayerId) => manifestOf(id, host.baseModel, world.layers.find((layer) => layer.id === id)?.bytes ?? 0),
      open: async (id: LayerId) => world.layers.find((layer) => layer.id === id) ?? one,
    };
    const pager = createPager({ host, layers, budgetBytes: two.bytes + three.bytes });
    const compositions = [[one], [two, three], [], [three], [one, two], [two]];
    const rounds = Array.from({ length: 10 }, () => compositions).flat();
    const answers = await Promise.all(
      rounds.map((used) =>
        pager.score(
          world.requests,
          used.map(({ id }) => id),
        ),
      ),
    );
    for (const [index, used] of rounds.entries()) {
      const wanted = world.sums(world.requests, used)[0]?.[0] ?? Number.NaN;
      expect(answers[index]?.[0]?.logProbabilities[0]).toBeCloseTo(wanted, 4);
      expect(answers[index]?.[0]?.composition.layers).toEqual(used.map(({ id }) => id));
    }
    expect(pager.counters().evictions).toBeGreaterThan(2);
    await pager.close();
  });

  test('a folder without a base is said so', async () => {
    await expect(createEmbeddedHost({ baseFolder: world.folder })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('who asks after the end hears so', async () => {
    const host = await createEmbeddedHost({ baseFolder: world.base.folder });
    await host.close();
    await expect(host.score(world.requests, [])).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  });
});
