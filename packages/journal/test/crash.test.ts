import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { JournalRecord } from '@continuum/contract/ports/journal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openJournal } from '../src/journal.ts';

const child = fileURLToPath(new URL('./append-forever.ts', import.meta.url));
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'journal-crash-'));
});
afterAll(() => rm(root, { recursive: true }));

async function readAll(folder: string): Promise<JournalRecord[]> {
  const journal = await openJournal({ folder });
  const records: JournalRecord[] = [];
  for await (const entry of journal.pending()) records.push(entry.record);
  await journal.close();
  return records;
}

/** Ids that the child acknowledged before it was killed with -9. */
async function appendAndKill(folder: string, after: number): Promise<string[]> {
  const process_ = spawn(process.execPath, [child, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of process_.stdout) {
    output += chunk;
    if (output.split('\n').length > after) process_.kill('SIGKILL');
  }
  return output.split('\n').slice(0, -1);
}

test('what was acknowledged before kill -9 is read back, unchanged and once', async () => {
  const folder = join(root, 'killed');
  const acknowledged = [...(await appendAndKill(folder, 300)), ...(await appendAndKill(folder, 700))];
  expect(acknowledged.length).toBeGreaterThan(1000);
  const records = await readAll(folder);
  const found = new Map<string, number>();
  for (const { id, body } of records) {
    expect(body).toBe(id.repeat(20));
    found.set(id, (found.get(id) ?? 0) + 1);
  }
  // Both runs count from zero, so what both acknowledged stands there twice.
  const expected = Map.groupBy(acknowledged, (id) => id);
  for (const [id, times] of expected) expect(found.get(id)).toBeGreaterThanOrEqual(times.length);
});

test('a write that the system refuses rejects that record, and the journal goes on', async () => {
  const folder = join(root, 'refused');
  // A limit of 24 KiB a file stands for the full disk: every segment of 64 KiB runs into it, and no record fits after that.
  const command = `ulimit -f 24; exec "${process.execPath}" "${child}" "${folder}" 2000 40`;
  const { stdout } = await promisify(execFile)('bash', ['-c', command]);
  const lines = stdout.trim().split('\n');
  const acknowledged = lines.filter((line) => !line.startsWith('failed')).sort();
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(acknowledged.length).toBeLessThan(40);
  expect(lines).toHaveLength(40);
  expect(lines[0]).toMatch(/^failed github:0 EFBIG/);
  const records = await readAll(folder);
  expect(records.map((record) => record.id).sort()).toEqual(acknowledged);
});
