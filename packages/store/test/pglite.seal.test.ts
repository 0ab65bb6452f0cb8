import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findDamage, writeSeal } from '../src/pglite/seal.ts';
import { openPgliteStore } from '../src/pglite.ts';

const PATIENCE_MS = 120_000;
const FIRST_SEGMENT = '000000010000000000000001';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'continuum-seal-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function turn(file: string, bit: number): Promise<void> {
  const bytes = await readFile(file);
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  await writeFile(file, bytes);
}

describe('the seal of a small folder', () => {
  let data: string;
  let seal: string;
  const files = ['PG_VERSION', 'base/1/2', `pg_wal/${FIRST_SEGMENT}`, 'empty'];
  beforeAll(async () => {
    data = join(root, 'small');
    seal = join(root, 'small.seal');
    await mkdir(join(data, 'base', '1'), { recursive: true });
    await mkdir(join(data, 'pg_wal'));
    for (const file of files) await writeFile(join(data, file), file === 'empty' ? '' : `content of ${file}`);
    writeSeal(seal, data, FIRST_SEGMENT, 0);
  });

  test('holds as long as nothing changes', () => expect(findDamage(seal, data)).toBeUndefined());

  const everyFile = () => [...files.slice(0, 3).map((name) => join(data, name)), seal];

  async function expectSeen(file: string, damage: () => Promise<void>, what: string): Promise<void> {
    const sound = await readFile(file);
    await damage();
    if (findDamage(seal, data)?.includes(file) !== true) expect.fail(`${file}, ${what}`);
    await writeFile(file, sound);
  }

  test('shows any bit that is turned, in every file and in itself', async () => {
    for (const file of everyFile()) {
      const { size } = await stat(file);
      for (let bit = 0; bit < size * 8; bit += 1) await expectSeen(file, () => turn(file, bit), `bit ${bit}`);
    }
    expect(findDamage(seal, data)).toBeUndefined();
  });

  test('shows any cut, in every file and in itself', async () => {
    for (const file of everyFile()) {
      const { size } = await stat(file);
      for (let length = 0; length < size; length += 1)
        await expectSeen(file, () => truncate(file, length), `cut at ${length}`);
    }
    expect(findDamage(seal, data)).toBeUndefined();
  });

  test('shows files that are missing or new, and leaves spare segments of the log alone', async () => {
    for (const file of files) {
      const sound = await readFile(join(data, file));
      await rm(join(data, file));
      expect(findDamage(seal, data)).toContain(`${join(data, file)} is missing`);
      await writeFile(join(data, file), sound);
    }
    await writeFile(join(data, 'recovery.signal'), '');
    expect(findDamage(seal, data)).toContain('recovery.signal was not there');
    await rm(join(data, 'recovery.signal'));
    await writeFile(join(data, 'pg_wal', '000000010000000000000009'), 'renamed for later');
    expect(findDamage(seal, data)).toBeUndefined();
  });
});

describe('a store that was closed', { timeout: PATIENCE_MS }, () => {
  let folder: string;
  const sound = () => join(root, 'sound');
  beforeAll(async () => {
    folder = join(root, 'store');
    const store = await openPgliteStore({ folder });
    await store.values.set('kept', 1);
    await store.close();
    await cp(folder, sound(), { recursive: true });
  }, PATIENCE_MS);

  const opening = () =>
    openPgliteStore({ folder }).then(
      async (store) => store.close(),
      (error: unknown) => error,
    );
  const repair = async (file: string): Promise<void> => cp(join(sound(), file), join(folder, file));

  test('is checked in every file: a bit turned anywhere is seen', async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
    const data = names.filter((name) => name.startsWith('data/'));
    expect(data.length).toBeGreaterThan(500);
    const telling = ['PG_VERSION', 'global/pg_control', 'postgresql.conf', `pg_wal/${FIRST_SEGMENT}`, 'pg_xact/0000'];
    const sample = new Set([
      ...telling.map((name) => join('data', name)),
      ...data.filter((_, index) => index % 31 === 0),
    ]);
    let seen = 0;
    for (const [index, name] of [...sample].entries()) {
      const { size } = await stat(join(folder, name));
      if (size === 0) continue;
      await turn(join(folder, name), (index * 7919) % (size * 8));
      expect(findDamage(join(folder, 'data.seal'), join(folder, 'data'))).toContain(join(folder, name));
      await repair(name);
      seen += 1;
    }
    expect(seen).toBeGreaterThan(20);
  });

  test('is refused at start when a byte changed, a file is gone or the seal is damaged, with what to do', async () => {
    const refused = (file: string) => ({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining(join(folder, file)),
      next: expect.stringContaining('continuum restore'),
    });
    await turn(join(folder, 'data/global/pg_control'), 1000);
    for (const _attempt of [1, 2]) expect(await opening()).toMatchObject(refused('data/global/pg_control'));
    await repair('data/global/pg_control');
    await rm(join(folder, 'data/PG_VERSION'));
    expect(await opening()).toMatchObject({
      code: 'STORE_CORRUPT',
      next: expect.stringContaining('continuum restore'),
    });
    await repair('data/PG_VERSION');
    await truncate(join(folder, 'data.seal'), 100);
    expect(await opening()).toMatchObject(refused('data.seal'));
    await repair('data.seal');
    await rm(join(folder, 'ready'));
    expect(await opening()).toMatchObject(refused('ready'));
    await writeFile(join(folder, 'ready'), '');
  });

  test('opens again once everything is as it was, without the seal while it is open', async () => {
    const store = await openPgliteStore({ folder });
    expect(await store.values.get('kept')).toBe(1);
    expect(await readdir(folder)).not.toContain('data.seal');
    await store.close();
    expect(await readdir(folder)).toContain('data.seal');
  });

  test('without a seal, as after a crash: a damaged page is refused when it is read', async () => {
    await rm(join(folder, 'data.seal'));
    const page = await pageHolding(join(folder, 'data', 'base'), 'kept');
    await turn(page.file, page.bit);
    const error: unknown = await openPgliteStore({ folder }).then(
      async (store) => {
        const read: unknown = await store.values.get('kept').catch((thrown: unknown) => thrown);
        await store.close().catch(() => undefined);
        return read;
      },
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'STORE_CORRUPT', next: expect.stringContaining('continuum restore') });
  });
});

/** A bit of the text within the file of a table that holds it. */
async function pageHolding(base: string, text: string): Promise<{ file: string; bit: number }> {
  for (const entry of await readdir(base, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/^\d+$/.test(entry.name) || Number(entry.name) < 16_384) continue;
    const file = join(entry.parentPath, entry.name);
    const at = (await readFile(file)).indexOf(text);
    if (at >= 0) return { file, bit: at * 8 };
  }
  throw new Error(`${text} is nowhere`);
}
