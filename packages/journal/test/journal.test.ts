import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Journal, JournalRecord } from '@continuum/contract/ports/journal';
import { journalContract } from '@continuum/testing/journal-contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Disk } from '../src/disk.ts';
import { openJournal } from '../src/journal.ts';
import { nodeDisk } from '../src/node-disk.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'journal-'));
});
afterAll(() => rm(root, { recursive: true }));

journalContract(
  'segmented files',
  (name) => openJournal({ folder: join(root, name), maxSegmentBytes: 2000 }),
  async (name) => join(root, name),
);

const record = (id: number, body = 'x'): JournalRecord => ({
  id: `github:${id}`,
  source: 'github',
  event: 'push',
  at: '2026-01-01T00:00:00.000Z',
  body,
});

async function ids(entries: ReturnType<Journal['all']>): Promise<string[]> {
  const all: string[] = [];
  for await (const entry of entries) all.push(entry.record.id);
  return all;
}

async function lastPosition(journal: Journal): Promise<string> {
  let last = '';
  for await (const entry of journal.all()) last = entry.position;
  return last;
}

const segmentsOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.log'));

describe('retention', () => {
  const HOUR_MS = 3_600_000;

  async function filled(name: string, hoursLater: number): Promise<{ journal: Journal; folder: string }> {
    const folder = join(root, name);
    const now = (): Date => new Date(Date.now() + hoursLater * HOUR_MS);
    const journal = await openJournal({ folder, maxSegmentBytes: 300, retentionMs: 72 * HOUR_MS, now });
    for (let id = 0; id < 12; id += 1) await journal.append(record(id, 'x'.repeat(60)));
    return { journal, folder };
  }

  test('removes old segments that were handed on, and only those', async () => {
    const { journal, folder } = await filled('expired', 73);
    expect((await segmentsOf(folder)).length).toBeGreaterThan(3);
    await journal.append(record(99));
    expect(await ids(journal.pending())).toHaveLength(13);
    await journal.checkpoint(await lastPosition(journal));
    expect(await segmentsOf(folder)).toHaveLength(1);
    expect(await ids(journal.all())).toContain('github:99');
    await journal.close();
    const again = await openJournal({ folder });
    expect(await ids(again.pending())).toEqual([]);
    await again.append(record(100));
    expect(await ids(again.pending())).toEqual(['github:100']);
    await again.close();
  });

  test('keeps segments that were handed on until then', async () => {
    const { journal } = await filled('young', 71);
    await journal.checkpoint(await lastPosition(journal));
    expect(await ids(journal.all())).toHaveLength(12);
    await journal.close();
  });

  test('is at least 72 hours', async () => {
    const opening = openJournal({ folder: join(root, 'short'), retentionMs: 71 * HOUR_MS });
    await expect(opening).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

test('a queue that is too full turns records away and takes them again later', async () => {
  const journal = await openJournal({ folder: join(root, 'full'), maxQueuedBytes: 1000 });
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, id) => journal.append(record(id, 'x'.repeat(100)))),
  );
  const rejected = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(rejected.length).toBeGreaterThan(5);
  for (const reason of rejected) {
    expect(reason).toMatchObject({ code: 'OVERLOADED', retryable: true, retryAfterMs: expect.any(Number) });
  }
  await journal.append(record(99));
  expect(await ids(journal.all())).toHaveLength(20 - rejected.length + 1);
  await journal.append(record(100, 'y'.repeat(5000)));
  await journal.close();
});

test('belongs to one opener at a time', async () => {
  const folder = join(root, 'locked');
  const journal = await openJournal({ folder });
  await expect(openJournal({ folder })).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  await journal.close();
  await (await openJournal({ folder })).close();
});

test('a body that is no Unicode text is turned away', async () => {
  const journal = await openJournal({ folder: join(root, 'unicode') });
  await expect(journal.append(record(1, '\ud800'))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  await journal.close();
});

test('below its reserve of the disk it turns records away, and takes them again when there is room', async () => {
  let free = 1000;
  let asked = 0;
  let time = 0;
  const disk: Disk = {
    ...nodeDisk,
    freeBytes: async () => {
      asked += 1;
      return free;
    },
  };
  const journal = await openJournal({
    folder: join(root, 'reserve'),
    diskReserveBytes: 500,
    now: () => new Date(time),
    disk,
  });
  await Promise.all(Array.from({ length: 20 }, (_, id) => journal.append(record(id))));
  expect(asked).toBe(1);
  free = 499;
  time += 1000;
  for (let id = 20; id < 23; id += 1) {
    await expect(journal.append(record(id))).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
  }
  expect(asked).toBe(2);
  free = 500;
  time += 1000;
  await journal.append(record(23));
  expect(await ids(journal.all())).toHaveLength(21);
  await journal.close();
});

test('reading what is pending holds one window of it and no more', async () => {
  const folder = join(root, 'bounded');
  const journal = await openJournal({ folder });
  const body = 'x'.repeat(100_000);
  await Promise.all(Array.from({ length: 60 }, (_, id) => journal.append(record(id, body))));
  await journal.close();
  let read = 0;
  const counting: Disk = {
    ...nodeDisk,
    open: async (file, flags) => {
      const opened = await nodeDisk.open(file, flags);
      return { ...opened, read: async (into, at) => count(await opened.read(into, at)) };
    },
  };
  const count = (bytes: number): number => {
    read += bytes;
    return bytes;
  };
  const again = await openJournal({ folder, disk: counting });
  for await (const _ of again.pending()) break;
  expect(read).toBeLessThan(400_000);
  const positions = await Array.fromAsync(again.pending(), (entry) => entry.position);
  read = 0;
  expect(await Array.fromAsync(again.pending(positions[58]), (entry) => entry.record.id)).toEqual(['github:59']);
  expect(read).toBeLessThan(200_000);
  await again.close();
});

test('looking for what came since a moment leaves older segments unread', async () => {
  const opened: string[] = [];
  const disk: Disk = {
    ...nodeDisk,
    open: (file, flags) => {
      opened.push(file);
      return nodeDisk.open(file, flags);
    },
  };
  const journal = await openJournal({ folder: join(root, 'skips'), maxSegmentBytes: 500, disk });
  const at = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
  for (let hour = 0; hour < 20; hour += 1) await journal.append({ ...record(hour, 'x'.repeat(300)), at: at(hour) });
  opened.length = 0;
  expect(await ids(journal.since(at(18)))).toEqual(['github:18', 'github:19']);
  expect(opened.length).toBeGreaterThan(0);
  expect(opened.filter((file) => /segment-0+(?:[1-9]|1[0-5])\.log$/.test(file))).toEqual([]);
  await journal.close();
});
