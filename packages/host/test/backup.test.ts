import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScopeId } from '@continuum/contract/ids';
import type { LayerManifest } from '@continuum/contract/layer';
import type { Journal } from '@continuum/contract/ports/journal';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import type { Store } from '@continuum/contract/ports/store';
import { openJournal } from '@continuum/journal/journal';
import { openLayerStore } from '@continuum/layer-store/layer-store';
import { openPgliteStore } from '@continuum/store/pglite';
import { openPostgresStore } from '@continuum/store/postgres';
import { newLayer } from '@continuum/testing/layers';
import { createTestDatabase, testServer } from '@continuum/testing/test-database';
import { tinyAdapter, tinyWeights } from '@continuum/testing/tiny-model';
import { toPeft } from '@continuum/transformer/format/peft';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBackup } from '../src/backup/create.ts';
import { decodeManifest, encodeManifest } from '../src/backup/manifest.ts';
import { restoreBackup } from '../src/backup/restore.ts';
import { assertFinished } from '../src/backup/unfinished.ts';
import { verifyBackup } from '../src/backup/verify.ts';
import { readSettings } from '../src/settings.ts';

const RESTORE = fileURLToPath(new URL('./restore-once.ts', import.meta.url));
const PATIENCE_MS = 120_000;
const now = () => new Date('2026-03-01T12:00:00.000Z');

interface System {
  readonly settings: ReturnType<typeof readSettings>;
  readonly store: Store;
  readonly journal: Journal;
  readonly layerStore: LayerStore;
  close(): Promise<void>;
}

let root: string;
let system: System;
let layer: LayerManifest;
let backup: string;

async function openSystem(home: string, databaseUrl?: string): Promise<System> {
  const settings = readSettings({ CONTINUUM_HOME: home, DATABASE_URL: databaseUrl });
  const store = await (databaseUrl === undefined
    ? openPgliteStore({ folder: join(home, 'store') })
    : openPostgresStore({ url: databaseUrl, poolSize: 2 }));
  const journal = await openJournal({ folder: join(home, 'journal') });
  const { folder, keys } = settings.genome;
  const layerStore = await openLayerStore({ folder: join(folder, 'layers'), keyFolder: keys });
  const close = async (): Promise<void> => {
    await store.close();
    await journal.close();
  };
  return { settings, store, journal, layerStore, close };
}

async function putLayer({ layerStore }: System): Promise<LayerManifest> {
  const folder = join(root, 'peft');
  const size = { hiddenSize: 4, heads: 2, kvHeads: 1, intermediateSize: 4, layers: 1 };
  const { config, weights } = toPeft(tinyAdapter(tinyWeights(size).config, 1, 1, ['q_proj']), { base: 'tiny' });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'adapter_config.json'), config);
  await writeFile(join(folder, 'adapter_model.safetensors'), weights);
  return layerStore.put(folder, newLayer({ scope: ScopeId.parse('/security/') }));
}

const delivery = (id: string) => ({
  id,
  source: 'github',
  event: 'push',
  at: now().toISOString(),
  body: `{"${id}":1}`,
});

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'continuum-backup-'));
  const home = join(root, 'home');
  system = await openSystem(home);
  layer = await putLayer(system);
  await mkdir(join(home, 'scopes', 'shop'), { recursive: true });
  await writeFile(join(home, 'scopes', 'shop', 'scope.json'), '{"mine":true}');
  for (const id of ['github:1', 'github:2']) await system.journal.append(delivery(id));
  for await (const { position, record } of system.journal.pending()) {
    if (record.id === 'github:1') await system.journal.checkpoint(position);
  }
  await system.store.values.set('kept', 'yes');
  await system.store.audit.record({ actor: 'ada', action: 'did', subject: 'it', detail: {} });
  backup = join(root, 'backup');
  await createBackup({ ...system, now }, backup);
}, PATIENCE_MS);
afterAll(async () => {
  await system.close();
  await rm(root, { recursive: true, force: true });
});

let copies = 0;
/** A copy of the backup, to be damaged. */
async function copy(): Promise<string> {
  copies += 1;
  const folder = join(root, `copy-${copies}`);
  await cp(backup, folder, { recursive: true });
  return folder;
}

async function turn(file: string, bit: number): Promise<void> {
  const bytes = await readFile(file);
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  await writeFile(file, bytes);
}

async function expectRestored(restored: System): Promise<void> {
  expect(await restored.store.values.get('kept')).toBe('yes');
  expect(await restored.store.audit.verify()).toBeUndefined();
  const pending: string[] = [];
  for await (const { record } of restored.journal.pending()) pending.push(record.id);
  expect(pending).toEqual(['github:2']);
  expect(await restored.journal.find('github:1')).toMatchObject(delivery('github:1'));
  expect(await restored.layerStore.list()).toEqual([layer]);
  expect((await restored.layerStore.open(layer.id)).bytes).toBe(layer.bytes);
}

describe('a backup', { timeout: PATIENCE_MS }, () => {
  test('names every file with its size and hash, and says that it holds a key', async () => {
    const manifest = decodeManifest(await readFile(join(backup, 'manifest.json')));
    expect(manifest).toMatchObject({ at: now().toISOString(), notice: expect.stringContaining('private key') });
    const entries = await readdir(backup, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(manifest.files).toHaveLength(files.length - 1);
    expect(manifest.files.map(({ path }) => path)).toContain(`genome/layers/${layer.id}/manifest.json`);
    expect(manifest.files.map(({ path }) => path)).toContain('definitions/scopes/shop/scope.json');
    for (const entry of files.filter(({ name }) => name.endsWith('.pem') || name.endsWith('.snapshot'))) {
      expect((await stat(join(entry.parentPath, entry.name))).mode & 0o777).toBe(0o600);
    }
    expect(await verifyBackup(backup)).toMatchObject({ files: files.length - 1, rows: expect.any(Number) });
  });

  test('goes into a new folder only, named whole, and leaves nothing where it failed', async () => {
    const parts = { ...system, now };
    await expect(createBackup(parts, backup)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(createBackup(parts, 'relative/folder')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const file = join(system.settings.genome.folder, 'layers', layer.id, 'adapter_model.safetensors');
    await turn(file, 999);
    await expect(createBackup(parts, join(root, 'failed'))).rejects.toMatchObject({ code: 'LAYER_CORRUPT' });
    await turn(file, 999);
    expect(await readdir(root)).not.toContain('failed');
  });

  test('has what is handed on while it is made: the store knows it, or the journal hands it on once more', async () => {
    const own = await openSystem(join(root, 'handing-on'));
    await own.journal.append(delivery('github:9'));
    // What intake does, at the worst time: between the copy of the one and of the other.
    const handOn = async (): Promise<void> => {
      for await (const { position, record } of own.journal.pending()) {
        await own.store.values.set(record.id, 'handed on');
        await own.journal.checkpoint(position);
      }
    };
    const journal = { copyTo: (folder: string) => own.journal.copyTo(folder).then(handOn) };
    const writeSnapshot: Store['writeSnapshot'] = async (file) => {
      const summary = await own.store.writeSnapshot(file);
      await handOn();
      return summary;
    };
    const folder = join(root, 'handed-on');
    const backing = { ...own, now, journal, store: { ...own.store, writeSnapshot } };
    await createBackup(backing, folder);
    await own.close();
    const home = join(root, 'handed-on-home');
    await restoreBackup(folder, readSettings({ CONTINUUM_HOME: home }));
    const restored = await openSystem(home);
    const pending: string[] = [];
    for await (const { record } of restored.journal.pending()) pending.push(record.id);
    const known = await restored.store.values.get('github:9');
    await restored.close();
    expect([pending, known]).toEqual([['github:9'], 'handed on']);
  });

  test('is refused with a file that is damaged, cut or gone, and with a manifest that is', async () => {
    const { files } = decodeManifest(await readFile(join(backup, 'manifest.json')));
    for (const [index, { path, bytes }] of files.entries()) {
      const folder = await copy();
      const file = join(folder, path);
      await turn(file, (index * 7919) % (bytes * 8));
      const refused = { code: 'BACKUP_CORRUPT', message: expect.stringContaining(path), next: expect.any(String) };
      await expect(verifyBackup(folder)).rejects.toMatchObject(refused);
      await truncate(file, bytes - 1);
      await expect(verifyBackup(folder)).rejects.toMatchObject(refused);
      await rm(file);
      await expect(verifyBackup(folder)).rejects.toMatchObject(refused);
      await rm(folder, { recursive: true });
    }
    const cutShort = await copy();
    await rm(join(cutShort, 'manifest.json'));
    const home = join(root, 'nothing');
    const restoring = restoreBackup(cutShort, readSettings({ CONTINUUM_HOME: home }));
    await expect(restoring).rejects.toMatchObject({
      code: 'BACKUP_CORRUPT',
      message: expect.stringContaining('cut short'),
    });
    expect(await readdir(root)).not.toContain('nothing');
  });

  test('every bit and every cut of its manifest counts', async () => {
    const bytes = await readFile(join(backup, 'manifest.json'));
    const manifest = decodeManifest(bytes);
    expect(encodeManifest(manifest)).toBe(bytes.toString());
    const isTaken = (version: Buffer): boolean => {
      try {
        decodeManifest(version);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'BACKUP_CORRUPT' });
        return false;
      }
    };
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const version = Buffer.from(bytes);
      version.writeUInt8(version.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      if (isTaken(version)) expect.fail(`bit ${bit}`);
    }
    for (let length = 0; length < bytes.length; length += 1)
      if (isTaken(bytes.subarray(0, length))) expect.fail(`cut at ${length}`);
  });

  test('leads nowhere but into its own places', () => {
    const file = { path: 'keys/a', bytes: 1, sha256: 'a'.repeat(64) };
    const manifest = { format: 1 as const, at: now().toISOString(), notice: '', files: [file] };
    expect(decodeManifest(Buffer.from(encodeManifest(manifest)))).toEqual(manifest);
    for (const path of [
      '../a',
      'keys/../../a',
      '/etc/a',
      'keys//a',
      'keys/./a',
      'keys\\a',
      'other/a',
      'keys',
      'keys/',
    ]) {
      const bytes = Buffer.from(encodeManifest({ ...manifest, files: [{ ...file, path }] }));
      expect(() => decodeManifest(bytes)).toThrow(expect.objectContaining({ code: 'BACKUP_CORRUPT' }));
    }
  });
});

describe('a restore', { timeout: PATIENCE_MS }, () => {
  test('makes the same system elsewhere, which can be backed up again', async () => {
    const home = join(root, 'elsewhere');
    expect(await restoreBackup(backup, readSettings({ CONTINUUM_HOME: home }))).toMatchObject({
      at: now().toISOString(),
    });
    await assertFinished(home);
    const restored = await openSystem(home);
    await expectRestored(restored);
    expect(await readFile(join(home, 'scopes', 'shop', 'scope.json'), 'utf8')).toBe('{"mine":true}');
    expect((await stat(join(home, 'keys', 'layer-signing-key.pem'))).mode & 0o777).toBe(0o600);
    await createBackup({ ...restored, now }, join(root, 'again'));
    await restored.close();
    await verifyBackup(join(root, 'again'));
  });

  test('is refused where a system runs or has been', async () => {
    const running = restoreBackup(backup, system.settings);
    await expect(running).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    const home = join(root, 'used');
    await mkdir(join(home, 'recipes'), { recursive: true });
    await writeFile(join(home, 'recipes', 'mine.json'), '{}');
    const used = restoreBackup(backup, readSettings({ CONTINUUM_HOME: home }));
    await expect(used).rejects.toMatchObject({ code: 'CONFLICT', next: expect.stringContaining('empty') });
    expect(await readdir(home)).toEqual(['recipes']);
  });

  test('killed with -9 leaves what no start takes for a system', async () => {
    const home = join(root, 'killed');
    const child = spawn(process.execPath, [RESTORE, backup, home], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    for await (const text of child.stdout) {
      output += String(text);
      if (output.includes('restoring the store')) break;
    }
    child.kill('SIGKILL');
    await once(child, 'close');
    await expect(assertFinished(home)).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      next: expect.stringContaining('again'),
    });
    const again = restoreBackup(backup, readSettings({ CONTINUUM_HOME: home }));
    await expect(again).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await rm(home, { recursive: true });
    await restoreBackup(backup, readSettings({ CONTINUUM_HOME: home }));
    await assertFinished(home);
  });

  if (testServer === undefined) test.skip('into PostgreSQL: set TEST_DATABASE_URL');
  else onServer(testServer);
});

function onServer(url: string): void {
  test('goes from PGlite into PostgreSQL, and is undone when it fails', async () => {
    const home = join(root, 'with-server');
    const nowhere = readSettings({ CONTINUUM_HOME: home, DATABASE_URL: 'postgres://nobody@127.0.0.1:9/nothing' });
    await expect(restoreBackup(backup, nowhere)).rejects.toThrow(/database|ECONNREFUSED/i);
    await assertFinished(home);
    const database = await createTestDatabase(url);
    try {
      await restoreBackup(backup, readSettings({ CONTINUUM_HOME: home, DATABASE_URL: database.url }));
      const restored = await openSystem(home, database.url);
      await expectRestored(restored);
      await restored.close();
    } finally {
      await database.drop();
    }
  });
}
