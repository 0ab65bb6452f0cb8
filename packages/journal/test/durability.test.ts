import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal } from '@continuum/contract/ports/journal';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openJournal } from '../src/journal.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'journal-sync-'));
});
afterAll(() => rm(root, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Watches what every open file does; the calls go through. */
async function watch(method: 'datasync' | 'sync' | 'writev') {
  const handle = await open(root, 'r');
  const spy = vi.spyOn(Object.getPrototypeOf(handle), method);
  await handle.close();
  return spy;
}

const readIds = (journal: Journal) => Array.fromAsync(journal.all(), (entry) => entry.record.id);
const record = (id: number) => ({ id: `github:${id}`, source: 'github', event: 'push', at: '', body: 'x' });

test('an append resolves only after its fdatasync, and appends at the same time share it', async () => {
  const journal = await openJournal({ folder: join(root, 'group') });
  const datasync = await watch('datasync');
  const write = await watch('writev');
  await journal.append(record(0));
  expect(datasync).toHaveBeenCalledTimes(1);
  expect(datasync.mock.invocationCallOrder[0]).toBeGreaterThan(write.mock.invocationCallOrder[0] ?? Infinity);
  await Promise.all(Array.from({ length: 64 }, (_, id) => journal.append(record(id))));
  expect(datasync).toHaveBeenCalledTimes(2);
  expect(write).toHaveBeenCalledTimes(2);
  await journal.close();
});

test('a new segment and a checkpoint are synced with their folder', async () => {
  const sync = await watch('sync');
  const journal = await openJournal({ folder: join(root, 'folder') });
  expect(sync).toHaveBeenCalledTimes(1);
  await journal.append(record(0));
  expect(sync).toHaveBeenCalledTimes(1);
  for await (const entry of journal.pending()) await journal.checkpoint(entry.position);
  // The temporary file, then the folder that has its new name.
  expect(sync).toHaveBeenCalledTimes(3);
  await journal.close();
});

test('what an earlier process left is written once more, synced with its folder, before anybody builds on it', async () => {
  const folder = join(root, 'left');
  const journal = await openJournal({ folder });
  await journal.append(record(0));
  await journal.close();
  const [write, datasync, sync] = [await watch('writev'), await watch('datasync'), await watch('sync')];
  const again = await openJournal({ folder });
  const calls = [write, datasync, sync].map((spy) => spy.mock.invocationCallOrder);
  expect(calls).toEqual([[expect.any(Number)], [expect.any(Number)], [expect.any(Number)]]);
  expect(calls.flat()).toEqual(calls.flat().toSorted((a, b) => a - b));
  expect(await readIds(again)).toEqual(['github:0']);
  await again.close();
});

test('checkpoints at the same time share a write', async () => {
  const journal = await openJournal({ folder: join(root, 'shared') });
  for (let id = 0; id < 20; id += 1) await journal.append(record(id));
  const positions = await Array.fromAsync(journal.pending(), (entry) => entry.position);
  const sync = await watch('sync');
  await Promise.all(positions.map((position) => journal.checkpoint(position)));
  expect(sync.mock.calls.length).toBeLessThanOrEqual(4);
  expect(await Array.fromAsync(journal.pending())).toEqual([]);
  await journal.close();
});

test.each([
  ['fdatasync', 'datasync', 1],
  ['fdatasync, and the repair after it', 'datasync', 2],
  ['write', 'writev', 1],
  ['creation of a segment', 'writev', 1],
] as const)('a failed %s rejects the append, and the record is not there', async (name, method, times) => {
  const folder = join(root, name);
  const journal = await openJournal({ folder, maxSegmentBytes: name === 'creation of a segment' ? 100 : 10_000 });
  await journal.append(record(0));
  const spy = await watch(method);
  for (let each = 0; each < times; each += 1) {
    spy.mockRejectedValueOnce(Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
  }
  // Longer than what comes after it, which must not leave its end behind.
  await expect(journal.append({ ...record(1), body: 'x'.repeat(500) })).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(spy).toHaveBeenCalled();
  expect(await readIds(journal)).toEqual(['github:0']);
  await journal.append(record(2));
  await journal.close();
  const again = await openJournal({ folder });
  expect(await readIds(again)).toEqual(['github:0', 'github:2']);
  await again.close();
});
