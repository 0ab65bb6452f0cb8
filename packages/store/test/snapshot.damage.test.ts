import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMigrations } from '../src/migrate.ts';
import { openPgliteStore } from '../src/pglite.ts';
import type { ByteSource } from '../src/snapshot/frame.ts';
import { readSnapshot } from '../src/snapshot/read.ts';
import { restoreInto } from '../src/snapshot/restore.ts';

const PATIENCE_MS = 120_000;
const migrations = await readMigrations();

let root: string;
let small: Buffer;
let other: Buffer;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'continuum-snapshot-damage-'));
  const store = await openPgliteStore({ folder: join(root, 'store') });
  await store.values.set('a', 1);
  await store.audit.record({ actor: 'ada', action: 'did', subject: 'it', detail: {} });
  small = await snapshot('small');
  await store.values.set('a', 2);
  other = await snapshot('other');
  await store.close();

  async function snapshot(name: string): Promise<Buffer> {
    await store.writeSnapshot(join(root, name));
    return readFile(join(root, name));
  }
}, PATIENCE_MS);
afterAll(() => rm(root, { recursive: true, force: true }));

const sourceOf = (bytes: Buffer): ByteSource => ({
  read: async (position, length) => bytes.subarray(position, position + length),
});

/** How restoring ended: the code of a refusal, and whether anything was written before it. */
async function restoring(bytes: Buffer): Promise<{ code: string; written: boolean }> {
  let written = false;
  const transaction = async (): Promise<never> => {
    written = true;
    throw new ContinuumError('ABORTED', 'there is no database here');
  };
  const code = await restoreInto({ transaction }, sourceOf(bytes), migrations).then(
    () => 'restored',
    (error: unknown) => (error instanceof ContinuumError && (error.next || written) ? error.code : String(error)),
  );
  return { code, written };
}

const REFUSED = { code: 'BACKUP_CORRUPT', written: false };

/** The frames of a snapshot with what stands before them. */
function framesOf(bytes: Buffer): { head: Buffer; frames: Buffer[] } {
  const frames: Buffer[] = [];
  for (let at = 8; at < bytes.length; ) {
    const end = at + 12 + bytes.readUInt32LE(at + 8) + 32;
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return { head: bytes.subarray(0, 8), frames };
}

describe('a small snapshot', { timeout: PATIENCE_MS }, () => {
  test('is read as long as nobody touched it', async () => {
    expect(small.length).toBeLessThan(5000);
    expect(await restoring(small)).toEqual({ code: 'ABORTED', written: true });
    expect(framesOf(small).frames.length).toBeGreaterThan(4);
  });

  test('with any single bit turned is refused before a row is written', async () => {
    const bytes = Buffer.from(small);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const [place, mask] = [bit >> 3, 1 << (bit & 7)];
      bytes.writeUInt8(bytes.readUInt8(place) ^ mask, place);
      const { code, written } = await restoring(bytes);
      if (code !== REFUSED.code || written) expect.fail(`bit ${bit}: ${code}, written: ${written}`);
      bytes.writeUInt8(bytes.readUInt8(place) ^ mask, place);
    }
    expect(bytes.equals(small)).toBe(true);
  });

  test('cut at any byte is refused before a row is written', async () => {
    for (let length = 0; length < small.length; length += 1) {
      const { code, written } = await restoring(small.subarray(0, length));
      if (code !== REFUSED.code || written) expect.fail(`cut at ${length}: ${code}, written: ${written}`);
    }
  });

  test('with blocks missing, repeated, swapped, of another snapshot, or with more behind it is refused', async () => {
    const { head, frames } = framesOf(small);
    const foreign = framesOf(other).frames;
    const versions = frames.flatMap((frame, index) => [
      frames.toSpliced(index, 1),
      frames.toSpliced(index, 0, frame),
      frames.toSpliced(index, 2, ...frames.slice(index, index + 2).toReversed()),
      frames.toSpliced(index, 1, foreign[index] ?? frame),
    ]);
    const damaged = versions
      .map((version) => Buffer.concat([head, ...version]))
      .filter((bytes) => !bytes.equals(small));
    damaged.push(Buffer.concat([small, Buffer.of(0)]), Buffer.concat([small, small]));
    expect(damaged.length).toBeGreaterThan(4 * (frames.length - 2));
    for (const bytes of damaged) if (!bytes.equals(other)) expect(await restoring(bytes)).toEqual(REFUSED);
  });

  test('that changes between its check and its reading hands out nothing wrong', async () => {
    const sound: unknown[] = [];
    for await (const part of readSnapshot(sourceOf(small))) sound.push(part);
    for (let place = 0; place < small.length; place += 7) {
      const bytes = Buffer.from(small);
      bytes.writeUInt8(bytes.readUInt8(place) ^ 0x10, place);
      const parts: unknown[] = [];
      const reading = async (): Promise<void> => {
        for await (const part of readSnapshot(sourceOf(bytes))) parts.push(part);
      };
      await expect(reading()).rejects.toMatchObject({ code: 'BACKUP_CORRUPT' });
      expect(parts).toEqual(sound.slice(0, parts.length));
    }
  });
});
