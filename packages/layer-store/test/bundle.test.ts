import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LayerManifest } from '@continuum/contract/layer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LocalLayerStore, openLayerStore } from '../src/layer-store.ts';
import { about, BASE, peftFolder, refusal } from './layers.ts';

let root: string;
let origin: LocalLayerStore;
let manifest: LayerManifest;
let bundle: string;
let target: LocalLayerStore;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'layer-bundle-'));
  origin = await openLayerStore({ folder: join(root, 'origin'), keyFolder: join(root, 'origin-keys') });
  manifest = await origin.put(await peftFolder(root, 1), about);
  bundle = join(root, 'layer.tar');
  await origin.exportBundle(manifest.id, bundle);
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  target = await openLayerStore({ folder: join(root, 'target'), keyFolder: join(root, 'target-keys') });
});
afterEach(() => rm(join(root, 'target'), { recursive: true }));

const options = () => ({ baseModel: BASE, trust: [origin.publicKey] });

test('a layer goes to another store and is the same there', async () => {
  expect(await target.importBundle(bundle, options())).toEqual(manifest);
  const [there, here] = [await target.open(manifest.id), await origin.open(manifest.id)];
  expect(there.content).toEqual(here.content);
  // It is now signed by the store that took it in, so that it can be read without asking again whom to trust.
  expect(await target.list()).toEqual([manifest]);
  expect(await target.importBundle(bundle, options())).toEqual(manifest);
});

/** Files packed by GNU tar, all that varies left out. */
async function packed(arguments_: readonly string[]): Promise<string> {
  const file = join(root, 'packed.tar');
  await rm(file, { force: true });
  const fixed = [
    '-b1',
    '--format=ustar',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=0644',
    '-P',
  ];
  await promisify(execFile)('tar', ['-cf', file, ...fixed, '-C', join(root, 'origin', manifest.id), ...arguments_]);
  return file;
}
const NAMES = ['manifest.json', 'adapter_config.json', 'adapter_model.safetensors'];

test('the same layer gives the same bundle, which any tar reads', async () => {
  const again = join(root, 'again.tar');
  await origin.exportBundle(manifest.id, again);
  expect(await readFile(again)).toEqual(await readFile(bundle));
  const { stdout } = await promisify(execFile)('tar', ['-tf', bundle]);
  expect(stdout).toBe('manifest.json\nadapter_config.json\nadapter_model.safetensors\n');
  const config = await promisify(execFile)('tar', ['-xOf', bundle, 'adapter_config.json']);
  expect(config.stdout).toBe((await origin.open(manifest.id)).content?.config);
  expect(await readFile(await packed(NAMES))).toEqual(await readFile(bundle));
});

describe('refused, and nothing stays', () => {
  afterEach(async () => {
    expect(await readdir(join(root, 'target'))).toEqual([]);
  });
  const importing = (file: string, more = {}) => refusal(() => target.importBundle(file, { ...options(), ...more }));

  test('a signature by a key that is not trusted', async () => {
    expect(await importing(bundle, { trust: undefined })).toBe('LAYER_UNTRUSTED');
    expect(await importing(bundle, { trust: ['', 'bm8ga2V5', target.publicKey] })).toBe('LAYER_UNTRUSTED');
  });

  test('a layer of another base model', async () => {
    expect(await importing(bundle, { baseModel: 'b'.repeat(64) })).toBe('LAYER_INCOMPATIBLE');
  });

  test('no file, a folder, no tar, an empty one, a pickle', async () => {
    expect(await importing(join(root, 'nowhere'))).toBe('NOT_FOUND');
    expect(await importing(root)).toBe('INVALID_INPUT');
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(2048), Buffer.from('PK\u0003\u0004'.padEnd(4000, 'x'))]) {
      await writeFile(join(root, 'bad.tar'), bytes);
      expect(await importing(join(root, 'bad.tar'))).toBe('LAYER_CORRUPT');
    }
  });

  test.each([
    ['a path that leads out', ['--transform=s,^manifest,../../manifest,', ...NAMES], 'a path that leads out'],
    ['an absolute path', ['--transform=s,^manifest,/etc/manifest,', ...NAMES], 'an absolute path'],
    ['a path of Windows that leads out', ['--transform=s,^manifest,..\\\\..\\\\manifest,', ...NAMES], 'leads out'],
    ['a file too many', [...NAMES, '/etc/hostname'], 'absolute path'],
    [
      'a file that is not one of the three',
      [...NAMES.slice(0, 2), '--transform=s,adapter_model,evil,', ...NAMES.slice(2)],
      'evil',
    ],
    ['one file twice', ['--hard-dereference', ...NAMES.slice(0, 1), ...NAMES], 'manifest.json'],
    ['a file missing', NAMES.slice(0, 2), 'it holds ""|damaged|cut off'],
    ['another order', NAMES.toReversed(), 'belongs'],
    ['a folder', ['.'], 'no plain file'],
  ])('%s', async (_what, files, words) => {
    const file = await packed(files);
    expect(await importing(file)).toMatch(/^(INVALID_INPUT|LAYER_CORRUPT)$/);
    await expect(target.importBundle(file, options())).rejects.toThrow(new RegExp(words));
  });

  test.each([['symbolic'], ['hard']])('a %s link in place of a file', async (kind) => {
    const folder = await mkdtemp(join(root, 'links-'));
    await writeFile(join(folder, 'first'), 'x');
    if (kind === 'symbolic') await symlink('/etc/passwd', join(folder, 'manifest.json'));
    else await promisify(execFile)('ln', [join(folder, 'first'), join(folder, 'manifest.json')]);
    const file = join(root, 'links.tar');
    await promisify(execFile)('tar', ['-cf', file, '--format=ustar', '-C', folder, 'first', 'manifest.json']);
    // The link itself, without the file before it.
    await writeFile(file, (await readFile(file)).subarray(1024));
    expect(await importing(file)).toBe('INVALID_INPUT');
    await expect(target.importBundle(file, options())).rejects.toThrow('a link');
  });

  test('a size beyond what is there, and one beyond all bounds', async () => {
    for (const size of ['00000004000', '77777777777', '-0000000001', 'zzzzzzzzzzz']) {
      const bytes = await readFile(bundle);
      bytes.write(size, 124);
      await writeFile(join(root, 'size.tar'), bytes);
      expect(await importing(join(root, 'size.tar'))).toBe('LAYER_CORRUPT');
    }
  });

  test('bytes behind the end', async () => {
    await writeFile(join(root, 'long.tar'), Buffer.concat([await readFile(bundle), Buffer.alloc(512)]));
    expect(await importing(join(root, 'long.tar'))).toBe('INVALID_INPUT');
  });
});
