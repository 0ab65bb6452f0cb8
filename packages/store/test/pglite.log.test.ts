import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openPgliteStore } from '../src/pglite.ts';

const MEBIBYTE = 2 ** 20;

test('the log of a store that is written to for long does not grow for ever', { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'continuum-log-'));
  const store = await openPgliteStore({ folder });
  // What cannot be compressed, so that all of it goes into the log.
  const text = Array.from({ length: MEBIBYTE / 8 }, () => Math.random().toString(36).slice(2, 10)).join('');
  const segments = async () =>
    (await readdir(join(folder, 'data', 'pg_wal'))).filter((name) => name.length === 24).sort();
  const [first = ''] = await segments();
  for (let index = 0; index < 64; index += 1) await store.values.set('large', `${index}${text}`);
  // The segment that the log began with is not needed by anybody once a checkpoint came after it.
  await vi.waitFor(
    async () => {
      await store.values.set('small', 1);
      expect(await segments()).not.toContain(first);
    },
    { timeout: 30_000, interval: 200 },
  );
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
