import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layerHostContract } from '@continuum/testing/layer-host-contract';
import { createLayerWorld, type LayerWorld } from '@continuum/testing/layer-world';
import { expect, test } from 'vitest';
import { createOllamaHost } from '../src/ollama.ts';
import { FakeModel } from './fakes/model.ts';
import { serveOllama } from './fakes/ollama.ts';

async function open(world: LayerWorld) {
  const server = await serveOllama(new FakeModel(world.base.folder), 'tiny');
  const cacheFolder = join(world.folder, 'cache');
  const options = { baseUrl: server.url, model: 'tiny', baseFolder: world.base.folder, cacheFolder };
  return { server, host: await createOllamaHost(options), close: () => server.close() };
}

layerHostContract('Ollama (fake)', { tolerance: 1e-4, onlyLikely: true, open });

test('Ollama: what is not among the likeliest is refused, and composed models are taken away', async () => {
  const world = await createLayerWorld(await mkdtemp(join(tmpdir(), 'ollama-')), { onlyLikely: true });
  const { host, server, close } = await open(world);
  const rare = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
  await expect(host.score([{ prompt: 'the', completions: rare }], [])).rejects.toThrow('likeliest tokens');
  const [one, two] = world.layers;
  await Promise.all([host.load(one), host.load(two)]);
  await host.score(world.requests, [one.id, two.id]);
  expect(server.names()).toEqual(['tiny', expect.stringMatching(/^continuum-composition-/)]);
  await host.close();
  expect(server.names()).toEqual(['tiny']);
  await close();
  await rm(world.folder, { recursive: true });
});
