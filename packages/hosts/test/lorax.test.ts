import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layerHostContract } from '@continuum/testing/layer-host-contract';
import { createLayerWorld, type LayerWorld } from '@continuum/testing/layer-world';
import { expect, test } from 'vitest';
import { createLoraxHost } from '../src/lorax.ts';
import { serveLorax } from './fakes/lorax.ts';
import { FakeModel } from './fakes/model.ts';

async function open(world: LayerWorld) {
  const server = await serveLorax(new FakeModel(world.base.folder));
  const cacheFolder = join(world.folder, 'cache');
  const host = await createLoraxHost({ baseUrl: server.url, baseFolder: world.base.folder, cacheFolder });
  return { host, close: () => server.close() };
}

layerHostContract('LoRAX (fake)', { tolerance: 1e-4, open });

test('LoRAX: a text that is cut into other tokens than its parts is refused, not scored wrong', async () => {
  const world = await createLayerWorld(await mkdtemp(join(tmpdir(), 'lorax-')), { onlyLikely: false });
  const { host, close } = await open(world);
  const joined = host.score([{ prompt: 'the po', completions: ['st'] }], []);
  await expect(joined).rejects.toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('tokens') });
  await host.close();
  await close();
  await rm(world.folder, { recursive: true });
});
