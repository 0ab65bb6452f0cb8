import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LayerHost } from '@continuum/contract/ports/policy';
import { layerHostContract } from '@continuum/testing/layer-host-contract';
import { createLayerWorld, type LayerWorld } from '@continuum/testing/layer-world';
import { expect, test } from 'vitest';
import { createLlamaServerHost } from '../src/llama-server.ts';

const program = fileURLToPath(new URL('./fakes/llama-server.ts', import.meta.url));

function open(world: LayerWorld, command = [process.execPath, program, world.base.folder]): Promise<LayerHost> {
  const cacheFolder = join(world.folder, 'cache');
  return createLlamaServerHost({ baseFolder: world.base.folder, cacheFolder, command, startTimeoutMs: 20_000 });
}

layerHostContract('llama-server (fake)', { tolerance: 1e-4, open: async (world) => ({ host: await open(world) }) });

test('llama-server: a program that is not there is said so', async () => {
  const world = await createLayerWorld(await mkdtemp(join(tmpdir(), 'llama-server-')), { onlyLikely: false });
  const host = await open(world, [join(world.folder, 'no-such-program')]);
  await expect(host.score(world.requests, [])).rejects.toMatchObject({ code: 'MODEL_UNAVAILABLE' });
  await host.close();
  await rm(world.folder, { recursive: true });
});

test('llama-server: one that dies is started again with its layers, and its requests are asked once more', async () => {
  const world = await createLayerWorld(await mkdtemp(join(tmpdir(), 'llama-server-')), { onlyLikely: false });
  const host = await open(world);
  const [one] = world.layers;
  await host.load(one);
  const asked = Array.from({ length: 6 }, () => host.score(world.requests, [one.id]));
  const children = execFileSync('pgrep', ['-P', String(process.pid), '-f', world.base.folder], { encoding: 'utf8' });
  for (const pid of children.trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
  const wanted = world.sums(world.requests, [one])[0]?.[0] ?? Number.NaN;
  for (const [first] of await Promise.all(asked)) expect(first?.logProbabilities[0]).toBeCloseTo(wanted, 3);
  await host.close();
  await rm(world.folder, { recursive: true });
}, 30_000);
