import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LayerHost } from '@continuum/contract/ports/policy';
import { layerHostContract } from '@continuum/testing/layer-host-contract';
import { createLayerWorld, type LayerWorld } from '@continuum/testing/layer-world';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createVllmHost } from '../src/vllm.ts';
import { FakeModel } from './fakes/model.ts';
import { serve } from './fakes/serve.ts';
import { type FakeVllm, serveVllm } from './fakes/vllm.ts';

async function open(world: LayerWorld, baseUrl: string): Promise<LayerHost> {
  const cacheFolder = join(world.folder, 'cache');
  return createVllmHost({ baseUrl, model: 'tiny', baseFolder: world.base.folder, cacheFolder, timeoutMs: 2000 });
}

layerHostContract('vLLM (fake)', {
  tolerance: 1e-4,
  open: async (world) => {
    const server = await serveVllm(new FakeModel(world.base.folder), 'tiny');
    return { host: await open(world, server.url), close: () => server.close() };
  },
});

describe('vLLM', () => {
  let world: LayerWorld;
  let server: FakeVllm;
  let host: LayerHost;

  beforeAll(async () => {
    world = await createLayerWorld(await mkdtemp(join(tmpdir(), 'vllm-')), { onlyLikely: false });
  });
  afterAll(() => rm(world.folder, { recursive: true }));
  beforeEach(async () => {
    server = await serveVllm(new FakeModel(world.base.folder), 'tiny');
    host = await open(world, server.url);
  });
  afterEach(async () => {
    await host.close();
    await server.close();
  });

  test('a sum is made once, named by what is in it, and goes with its layers', async () => {
    const [one, two] = world.layers;
    await Promise.all([host.load(one), host.load(two)]);
    await Promise.all([0, 1, 2].map(() => host.score(world.requests, [one.id, two.id])));
    await host.score(world.requests, [one.id]);
    expect(server.names()).toEqual([expect.stringMatching(/^composition-[0-9a-f]{32}$/), one.id]);
    await host.unload(two.id);
    expect(server.names()).toEqual([one.id]);
    await host.close();
    expect(server.names()).toEqual([]);
  });

  test('a server that was started anew is given its adapters again', async () => {
    const [one] = world.layers;
    await host.load(one);
    await host.score(world.requests, [one.id]);
    server.loseAll();
    await expect(host.score(world.requests, [one.id])).resolves.toHaveLength(world.requests.length);
  });

  test('a server that is gone is unavailable for now, one that answers nonsense for good', async () => {
    const away = await open(world, 'http://127.0.0.1:9');
    await expect(away.score(world.requests, [])).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE', retryable: true });
    const strange = await serve(() => ({ json: { choices: 'none' } }));
    const nonsense = await open(world, strange.url);
    const answer = expect(nonsense.score(world.requests, [])).rejects;
    await answer.toMatchObject({ code: 'MODEL_UNAVAILABLE', retryable: false });
    await strange.close();
  });

  test('prompts follow no redirect, and wait no longer than they should', async () => {
    const elsewhere = await serve(() => ({ status: 307, location: `${server.url}/v1/completions` }));
    const redirected = await open(world, elsewhere.url);
    await expect(redirected.score(world.requests, [])).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
    await elsewhere.close();
    const silent = await serve(() => new Promise(() => undefined));
    const waiting = await open(world, silent.url);
    await expect(waiting.score(world.requests, [])).rejects.toThrow('no answer within 2000 ms');
    await silent.close();
  });

  test('an address that is none is said so', async () => {
    await expect(open(world, 'file:///etc/passwd')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
