import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bodies a second that this disk takes one by one, each with its own write and fdatasync: what no server in between can beat without sharing. */
export async function appendFloor(body: Buffer, seconds: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-floor-'));
  const file = await open(join(folder, 'log'), 'a');
  try {
    const began = performance.now();
    let count = 0;
    for (; performance.now() - began < seconds * 1000; count += 1) {
      await file.write(body);
      await file.datasync();
    }
    return count / ((performance.now() - began) / 1000);
  } finally {
    await file.close();
    await rm(folder, { recursive: true });
  }
}
