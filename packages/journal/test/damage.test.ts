import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalRecord } from '@continuum/contract/ports/journal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openJournal } from '../src/journal.ts';

let root: string;
let original: Map<string, Buffer>;
const records: JournalRecord[] = ['{"a":1}', '', 'Grüße\n'].map((body, index) => ({
  id: `github:${index}`,
  source: 'github',
  event: 'push',
  at: '2026-01-01T00:00:00.000Z',
  body,
}));

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'journal-damage-'));
  const folder = join(root, 'original');
  // Two records fit into a segment: damage is tried in one that is sealed and in one that is not.
  const journal = await openJournal({ folder, maxSegmentBytes: 260 });
  for (const record of records) await journal.append(record);
  for await (const entry of journal.pending()) {
    if (entry.record.id === 'github:0') await journal.checkpoint(entry.position);
  }
  await journal.close();
  const names = await readdir(folder);
  original = new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)));
});
afterAll(() => rm(root, { recursive: true }));

const segments = (): string[] => [...original.keys()].filter((name) => name.endsWith('.log')).sort();
let copies = 0;

async function copyWith(name: string, bytes: Buffer): Promise<string> {
  copies += 1;
  const folder = join(root, `copy-${copies}`);
  await mkdir(folder);
  for (const [file, content] of original) await writeFile(join(folder, file), file === name ? bytes : content);
  return folder;
}

/** Every record served, or the code of the error that stopped it. */
async function readAll(folder: string): Promise<{ served: JournalRecord[]; code: string | undefined }> {
  const served: JournalRecord[] = [];
  try {
    const journal = await openJournal({ folder });
    try {
      for await (const entry of journal.all()) served.push(entry.record);
    } finally {
      await journal.close();
    }
    return { served, code: undefined };
  } catch (error) {
    return { served, code: error instanceof Error && 'code' in error ? String(error.code) : String(error) };
  }
}

test('the small journal has a sealed segment and an open one', async () => {
  expect(segments()).toHaveLength(2);
  expect(await readAll(await copyWith('none', Buffer.alloc(0)))).toEqual({ served: records, code: undefined });
});

test('a flip of any single bit is detected and never served', async () => {
  for (const [name, content] of original) {
    const folder = await copyWith(name, content);
    for (let bit = 0; bit < content.length * 8; bit += 1) {
      const bytes = Buffer.from(content);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await writeFile(join(folder, name), bytes);
      const { served, code } = await readAll(folder);
      expect({ name, bit, code }).toEqual({ name, bit, code: 'JOURNAL_CORRUPT' });
      expect(records.slice(0, served.length)).toEqual(served);
    }
  }
}, 60_000);

test('the last segment cut at any byte loses only the record that was cut, and takes new ones', async () => {
  const name = segments().at(-1) ?? '';
  const content = original.get(name) ?? Buffer.alloc(0);
  for (let length = 0; length < content.length; length += 1) {
    const folder = await copyWith(name, content.subarray(0, length));
    const journal = await openJournal({ folder });
    const added = { ...records[0], id: 'github:added', source: 'github', event: 'push', at: '', body: 'new' };
    await journal.append(added);
    await journal.close();
    expect(await readAll(folder)).toEqual({ served: [...records.slice(0, 2), added], code: undefined });
  }
});

test('a sealed segment cut at any byte is damage', async () => {
  const name = segments()[0] ?? '';
  const content = original.get(name) ?? Buffer.alloc(0);
  for (let length = 0; length < content.length; length += 1) {
    const { code } = await readAll(await copyWith(name, content.subarray(0, length)));
    expect({ length, code }).toEqual({ length, code: 'JOURNAL_CORRUPT' });
  }
});

test('the error names the file, the byte and the way out', async () => {
  const name = segments()[0] ?? '';
  const bytes = Buffer.from(original.get(name) ?? '');
  bytes[60] = (bytes[60] ?? 0) ^ 1;
  const journal = await openJournal({ folder: await copyWith(name, bytes) });
  const reading = (async () => {
    for await (const _ of journal.all());
  })();
  await expect(reading).rejects.toMatchObject({
    code: 'JOURNAL_CORRUPT',
    message: expect.stringMatching(/segment-000000000001\.log is damaged at byte 24/),
    next: expect.stringContaining('backup'),
  });
  await journal.close();
});

test('records that were handed on and are gone from the end are damage', async () => {
  const folder = join(root, 'handed-on');
  const journal = await openJournal({ folder });
  for (const record of records) await journal.append(record);
  let last = '';
  for await (const entry of journal.pending()) last = entry.position;
  await journal.checkpoint(last);
  await journal.close();
  await truncate(join(folder, 'segment-000000000001.log'), 100);
  await expect(openJournal({ folder })).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
});

test('a segment that is missing is damage', async () => {
  const folder = await copyWith('none', Buffer.alloc(0));
  await rm(join(folder, segments()[0] ?? ''));
  expect((await readAll(folder)).code).toBe('JOURNAL_CORRUPT');
});

test('a segment that is missing between others is noticed at once', async () => {
  const folder = join(root, 'gap');
  const journal = await openJournal({ folder, maxSegmentBytes: 100 });
  for (const record of records) await journal.append(record);
  await journal.close();
  await rm(join(folder, 'segment-000000000002.log'));
  await expect(openJournal({ folder })).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
});
