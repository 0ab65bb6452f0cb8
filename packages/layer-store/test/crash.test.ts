import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LayerId } from '@continuum/contract/layer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLayerStore } from '../src/layer-store.ts';

const program = fileURLToPath(new URL('./put-forever.ts', import.meta.url));
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'layer-crash-'));
});
afterAll(() => rm(root, { recursive: true }));

/** Starts the child, kills it with -9 when a put is half way, and returns the ids that it acknowledged. */
async function putAndKill(first: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, root, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const watch = setInterval(async () => {
    const names = await readdir(join(root, 'layers')).catch(() => []);
    const isHalfWay = output.includes('\n') && names.some((name) => name.includes(`-${child.pid}-`));
    if (isHalfWay) child.kill('SIGKILL');
  }, 1);
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(child, 'close');
  clearInterval(watch);
  return output.split('\n').slice(0, -1);
}

test('killed with -9 in the middle of putting: all that was acknowledged is whole, nothing half is left', async () => {
  const acknowledged: string[] = [];
  let leftovers = 0;
  // Three times, and on until a kill really came between the first byte and the rename.
  for (let round = 0; round < 3 || (leftovers === 0 && round < 12); round += 1) {
    acknowledged.push(...(await putAndKill(1000 * round)));
    leftovers += (await readdir(join(root, 'layers'))).filter((name) => name.startsWith('.tmp-')).length;
    const layers = await openLayerStore({ folder: join(root, 'layers'), keyFolder: join(root, 'keys') });
    const names = await readdir(join(root, 'layers'));
    expect(names.filter((name) => name.startsWith('.'))).toEqual([]);
    for (const id of acknowledged) expect(names).toContain(id);
    for (const name of names) expect((await layers.open(LayerId.parse(name))).content).toBeDefined();
  }
  expect(leftovers).toBeGreaterThan(0);
}, 120_000);
