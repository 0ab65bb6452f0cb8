import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import type { Policy } from '@continuum/contract/ports/policy';

/** ms of one way to bring a layer in, and of the other. */
export interface ColdTimes {
  readonly paged: number[];
  readonly raw: number[];
}

/**
 * How long a layer takes that is nowhere in memory, against reading and hashing its bytes: the kernel forgets the file
 * before each, and who goes first changes. The policy holds one of `ids` at a time, so each round pages one in and one out.
 */
export async function coldMisses(
  policy: Policy,
  store: LayerStore,
  ids: readonly [LayerId, LayerId],
  rounds: number,
): Promise<ColdTimes> {
  const files = await Promise.all(
    ids.map(async (id) => join((await store.open(id)).folder, 'adapter_model.safetensors')),
  );
  const times: ColdTimes = { paged: [], raw: [] };
  for (let round = 0; round < rounds; round += 1) {
    const turn = round % 2;
    const [id, file = ''] = [ids[turn] ?? ids[0], files[turn]];
    const arms = [
      async () => times.paged.push(await timed(() => policy.hold('bench', [id]), file)),
      async () => times.raw.push(await timed(() => readAndHash(file), file)),
    ];
    for (const arm of round % 4 < 2 ? arms : arms.toReversed()) await arm();
    policy.release('bench');
  }
  return times;
}

async function timed(work: () => Promise<unknown>, file: string): Promise<number> {
  await forget(file);
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function readAndHash(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** Drops a file from the page cache: `posix_fadvise` is out of Node's reach, GNU dd calls it. */
async function forget(file: string): Promise<void> {
  const child = spawn('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code === 0) return;
  throw new ContinuumError('INTERNAL', 'The page cache could not be dropped.', {
    next: 'Run this on Linux with GNU dd.',
  });
}
