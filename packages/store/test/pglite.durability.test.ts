import { readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openDurably, syncLog } from '../src/pglite/durability.ts';
import { openPgliteStore } from '../src/pglite.ts';

const synced: string[] = [];
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const fsyncSync = (descriptor: number): void => {
    synced.push(readlinkSync(`/proc/self/fd/${descriptor}`));
    fs.fsyncSync(descriptor);
  };
  return { ...fs, fsyncSync };
});

const onLinux = test.skipIf(process.platform !== 'linux');

onLinux(
  'a checkpoint syncs the log, then pages, then pg_control; a commit waits for no disk',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'continuum-durability-'));
    await (await openPgliteStore({ folder })).close();
    const data = join(folder, 'data');
    const db = await openDurably(data);
    synced.length = 0;
    await db.query(`insert into key_values (key, value) values ('a', '1')`);
    expect(synced).toEqual([]);
    syncLog(data);
    await db.exec('checkpoint');
    const kinds = synced.map((path) => /\/(pg_wal|base|global\/pg_control)\b/.exec(path)?.[1] ?? 'other');
    const [page, control] = [kinds.lastIndexOf('base'), kinds.indexOf('global/pg_control')];
    expect(kinds[0]).toBe('pg_wal');
    expect(page).toBeGreaterThan(0);
    expect(control).toBeGreaterThan(page);
    expect(kinds.slice(page + 1, control)).toContain('pg_wal');
    await db.close();
    await rm(folder, { recursive: true, force: true });
  },
  120_000,
);
