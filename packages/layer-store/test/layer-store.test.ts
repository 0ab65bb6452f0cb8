import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScopeId } from '@continuum/contract/ids';
import { LayerId } from '@continuum/contract/layer';
import { writeTinyBase } from '@continuum/testing/tiny-model';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openLayerStore } from '../src/layer-store.ts';
import { about, peftFolder, refusal } from './layers.ts';

let root: string;
const store = (more: object = {}) =>
  openLayerStore({ folder: join(root, 'layers'), keyFolder: join(root, 'keys'), ...more });
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'layer-store-'));
});
afterEach(() => rm(root, { recursive: true }));

test('a layer is put, listed, opened with the bytes that were verified, and removed', async () => {
  const layers = await store();
  const folder = await peftFolder(root, 1);
  const manifest = await layers.put(folder, about);
  const weights = await readFile(join(folder, 'adapter_model.safetensors'));
  const config = await readFile(join(folder, 'adapter_config.json'), 'utf8');
  expect(manifest).toMatchObject({ ...about, rank: 1, alpha: 2, targets: ['q_proj'], bytes: weights.length });
  expect(manifest.files['adapter_model.safetensors']).toBe(createHash('sha256').update(weights).digest('hex'));
  expect(await layers.list()).toEqual([manifest]);
  expect(await layers.get(manifest.id)).toEqual(manifest);
  const opened = await layers.open(manifest.id);
  expect(opened).toMatchObject({ id: manifest.id, folder: join(root, 'layers', manifest.id), bytes: weights.length });
  expect(opened.content?.config).toBe(config);
  expect(Buffer.from(opened.content?.weights ?? [])).toEqual(weights);
  expect(await readFile(join(opened.folder, 'adapter_model.safetensors'))).toEqual(weights);
  await layers.remove(manifest.id);
  await layers.remove(manifest.id);
  expect(await refusal(() => layers.open(manifest.id))).toBe('NOT_FOUND');
  expect(await readdir(join(root, 'layers'))).toEqual([]);
});

test('the id follows from the bytes alone, in any store, however often they are put', async () => {
  const layers = await store();
  const other = await openLayerStore({ folder: join(root, 'other'), keyFolder: join(root, 'other-keys') });
  const [one, two] = [await peftFolder(root, 1), await peftFolder(root, 2)];
  const first = await layers.put(one, about);
  const [again, elsewhere] = await Promise.all([
    layers.put(one, { ...about, at: '2026-02-02' }),
    other.put(one, about),
  ]);
  expect(again).toEqual(first);
  expect(elsewhere.id).toBe(first.id);
  expect((await layers.put(two, about)).id).not.toBe(first.id);
  const lines = Object.entries(first.files).map(([name, sha256]) => `${name} ${sha256}\n`);
  const digest = createHash('sha256').update(lines.toSorted().join('')).digest('hex');
  expect(first.id).toBe(`layer-${digest.slice(0, 32)}`);
});

test('many at the same time, the same one among them', async () => {
  const layers = await store();
  const folders = await Promise.all([1, 2, 3].map((seed) => peftFolder(root, seed)));
  const put = await Promise.all([...folders, ...folders, ...folders].map((folder) => layers.put(folder, about)));
  expect(new Set(put.map(({ id }) => id)).size).toBe(3);
  expect((await layers.list()).length).toBe(3);
  expect((await readdir(join(root, 'layers'))).length).toBe(3);
});

test('the key is made once and is for its owner only', async () => {
  const stores = await Promise.all([store(), store(), store()]);
  expect(new Set(stores.map(({ publicKey }) => publicKey)).size).toBe(1);
  const names = await readdir(join(root, 'keys'));
  expect(names).toHaveLength(1);
  const file = join(root, 'keys', names[0] ?? '');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const warn = vi.fn();
  await chmod(file, 0o644);
  await store({ log: { warn } });
  expect(warn).toHaveBeenCalledWith(expect.objectContaining({ mode: '644' }), expect.stringContaining('chmod 600'));
  await writeFile(file, 'no key');
  expect(await refusal(() => store())).toBe('CONFIG_INVALID');
});

test('what a killed process left is cleared, what a living one writes is not', async () => {
  await store();
  const leftover = join(root, 'layers', `.tmp-${process.pid}-left`);
  const dead = join(root, 'layers', '.tmp-999999999-left');
  const living = join(root, 'layers', `.tmp-${process.ppid}-busy`);
  for (const folder of [leftover, dead, living]) {
    await mkdir(folder);
    await writeFile(join(folder, 'adapter_config.json'), 'half');
  }
  const layers = await store();
  expect(await readdir(join(root, 'layers'))).toEqual([`.tmp-${process.ppid}-busy`]);
  expect(await layers.list()).toEqual([]);
});

describe('damage', () => {
  test('a damaged layer is left out of the list, named in the log, and replaced by the next put', async () => {
    const warn = vi.fn();
    const layers = await store({ log: { warn } });
    const folder = await peftFolder(root, 1);
    const { id } = await layers.put(folder, about);
    const whole = await layers.put(await peftFolder(root, 2), about);
    await writeFile(join(root, 'layers', id, 'manifest.json'), '{}');
    expect(await layers.list()).toEqual([whole]);
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ layer: id }), expect.any(String));
    expect(await layers.put(folder, about)).toEqual(await layers.get(id));
    expect((await layers.open(id)).content).toBeDefined();
  });

  test.each(['manifest.json', 'adapter_config.json', 'adapter_model.safetensors'])(
    '%s is gone or a link',
    async (name) => {
      const layers = await store();
      const { id } = await layers.put(await peftFolder(root, 1), about);
      const file = join(root, 'layers', id, name);
      const bytes = await readFile(file);
      await rm(file);
      expect(await refusal(() => layers.open(id))).toBe('LAYER_CORRUPT');
      await writeFile(join(root, 'elsewhere'), bytes);
      await symlink(join(root, 'elsewhere'), file);
      expect(await refusal(() => layers.open(id))).toBe('LAYER_CORRUPT');
    },
  );

  test('a sound layer under the name of another', async () => {
    const layers = await store();
    const { id } = await layers.put(await peftFolder(root, 1), about);
    const pretended = LayerId.parse(`layer-${'0'.repeat(32)}`);
    await mkdir(join(root, 'layers', pretended));
    for (const name of await readdir(join(root, 'layers', id))) {
      await writeFile(join(root, 'layers', pretended, name), await readFile(join(root, 'layers', id, name)));
    }
    expect(await refusal(() => layers.open(pretended))).toBe('LAYER_CORRUPT');
  });

  test('a layer that another store signed', async () => {
    const stranger = await openLayerStore({ folder: join(root, 'layers'), keyFolder: join(root, 'other-keys') });
    const { id } = await stranger.put(await peftFolder(root, 1), about);
    const layers = await store();
    expect(await refusal(() => layers.open(id))).toBe('LAYER_UNTRUSTED');
    expect(await layers.list()).toEqual([]);
  });
});

describe('what is put must be an adapter of the base', () => {
  test('a layer of another base, or of another shape', async () => {
    const base = await writeTinyBase(join(root, 'base'), { seed: 1 });
    const layers = await store({ baseFolder: base.folder });
    const right = { ...about, baseModel: base.baseModel };
    const manifest = await layers.put(await peftFolder(root, 1, base.weights.config), right);
    expect(manifest.baseModel).toBe(base.baseModel);
    const small = await peftFolder(root, 1);
    expect(await refusal(() => layers.put(small, right))).toBe('LAYER_INCOMPATIBLE');
    expect(await refusal(() => layers.put(small, about))).toBe('LAYER_INCOMPATIBLE');
    const later = await writeTinyBase(join(root, 'later'), { seed: 2 });
    const moved = await store({ baseFolder: later.folder });
    expect(await refusal(() => moved.open(manifest.id))).toBe('LAYER_INCOMPATIBLE');
    expect(await refusal(() => store({ baseFolder: join(root, 'nowhere') }))).toBe('CONFIG_INVALID');
  });

  test('a pickle, a folder without an adapter, a link, a damaged file', async () => {
    const layers = await store();
    const folder = await peftFolder(root, 1);
    const file = join(folder, 'adapter_model.safetensors');
    const bytes = await readFile(file);
    const put = (): Promise<unknown> => layers.put(folder, about);
    await writeFile(file, Uint8Array.of(0x80, 4, 0x95, 10, 0, 0, 0, 0, 0, 0, 0, 0x2e));
    await expect(put()).rejects.toThrow('a Python pickle');
    await writeFile(file, bytes.subarray(0, -1));
    expect(await refusal(put)).toBe('LAYER_CORRUPT');
    await rm(file);
    expect(await refusal(put)).toBe('NOT_FOUND');
    await writeFile(join(folder, 'adapter_model.bin'), 'PK');
    expect(await refusal(put)).toBe('LAYER_CORRUPT');
    await writeFile(join(root, 'elsewhere'), bytes);
    await symlink(join(root, 'elsewhere'), file);
    expect(await refusal(put)).toBe('INVALID_INPUT');
    expect(await readdir(join(root, 'layers'))).toEqual([]);
  });

  test('numbers in what is said of it that are none', async () => {
    const layers = await store();
    const folder = await peftFolder(root, 1);
    expect(await refusal(() => layers.put(folder, { ...about, metrics: { loss: Number.NaN } }))).toBe('INVALID_INPUT');
  });

  test('the same weights for another scope', async () => {
    const layers = await store();
    const folder = await peftFolder(root, 1);
    await layers.put(folder, about);
    const elsewhere = { ...about, scope: ScopeId.parse('/other/') };
    expect(await refusal(() => layers.put(folder, elsewhere))).toBe('CONFLICT');
  });
});
