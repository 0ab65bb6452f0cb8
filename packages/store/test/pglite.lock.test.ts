import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockFolder } from '../src/pglite/lock.ts';

const NEVER_A_PID = 2 ** 30;

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'continuum-lock-'));
  path = join(folder, 'store.lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('lock', () => {
  test('is held until it is released, and says who holds it and what to do', async () => {
    const release = await lockFolder(folder);
    const refused = { code: 'STORE_LOCKED', next: expect.stringContaining(`Stop process ${process.pid}`) };
    await expect(lockFolder(folder)).rejects.toMatchObject(refused);
    await release();
    await (await lockFolder(folder))();
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['a dead process', JSON.stringify({ pid: NEVER_A_PID, startedAt: '1' })],
    ['a process whose pid was given to another one', JSON.stringify({ pid: process.pid, startedAt: 'long ago' })],
    ['a torn write', '{"pid": 1'],
    ['nobody', ''],
  ])('of %s is taken over by exactly one of many', async (_, stale) => {
    await writeFile(path, stale);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(await readdir(folder)).toEqual(['store.lock']);
  });

  test("a late release leaves the next holder's lock alone", async () => {
    const release = await lockFolder(folder);
    await rm(path);
    await lockFolder(folder);
    await release();
    await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });
});
