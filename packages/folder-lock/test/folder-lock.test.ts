import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockFolder } from '@continuum/folder-lock/folder-lock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFileHold } from '../src/file-hold.ts';

const NEVER_A_PID = 2 ** 30;
const HOLDER = fileURLToPath(new URL('hold-forever.ts', import.meta.url));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'continuum-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function startHolder(): Promise<{ pid: number; kill(): Promise<void> }> {
  const child = spawn(process.execPath, [HOLDER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const exited = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

describe('a locked folder', () => {
  test('is held until it is released, and says who holds it and what to do', async () => {
    const release = await lockFolder(folder, 'store');
    const refused = { code: 'STORE_LOCKED', next: expect.stringContaining(`Stop process ${process.pid}`) };
    await expect(lockFolder(folder, 'store')).rejects.toMatchObject(refused);
    await release();
    await release();
    await (await lockFolder(folder, 'store'))();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is one folder by whatever path, and has a lock for each purpose', async () => {
    const link = `${folder}-link`;
    await symlink(folder, link);
    const release = await lockFolder(folder, 'store');
    await expect(lockFolder(link, 'store')).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await (await lockFolder(link, 'journal'))();
    await release();
    await rm(link);
  });

  test('is free again when the lock could not be written down', async () => {
    await mkdir(join(folder, 'store.lock'));
    await expect(lockFolder(folder, 'store')).rejects.toThrow();
    await rm(join(folder, 'store.lock'), { recursive: true });
    await (await lockFolder(folder, 'store'))();
  });

  test('has one winner when many want it at once, whatever a dead process left', async () => {
    await writeFile(join(folder, 'store.lock'), `${NEVER_A_PID}\n`);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder, 'store')));
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await won[0]?.value();
  });

  test('is refused while another process lives, and free as soon as that is killed with -9', async () => {
    for (let round = 0; round < 3; round++) {
      const holder = await startHolder();
      const refused = { next: expect.stringContaining(String(holder.pid)) };
      await expect(lockFolder(folder, 'store')).rejects.toMatchObject(refused);
      await holder.kill();
      await (await lockFolder(folder, 'store'))();
    }
  });
});

test('the hold by a file is taken over from a dead process, not from a living one', async () => {
  const file = join(folder, 'store.lock');
  await writeFile(file, `${NEVER_A_PID}\n`);
  expect(await createFileHold(file).take()).toBe(true);
  expect(await createFileHold(file).take()).toBe(false);
});
