import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LayerManifest } from '@continuum/contract/layer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../src/bundle.ts';
import { assertContents } from '../src/contents.ts';
import { type LocalLayerStore, openLayerStore } from '../src/layer-store.ts';
import { corrupt, readManifest } from '../src/manifest.ts';
import { about, BASE, peftFolder, refusal } from './layers.ts';

const REFUSALS = ['LAYER_CORRUPT', 'LAYER_UNTRUSTED', 'LAYER_INCOMPATIBLE', 'INVALID_INPUT'];

let root: string;
let layers: LocalLayerStore;
let manifest: LayerManifest;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'layer-damage-'));
  layers = await openLayerStore({ folder: join(root, 'layers'), keyFolder: join(root, 'keys') });
  manifest = await layers.put(await peftFolder(root, 1), about);
});
afterAll(() => rm(root, { recursive: true }));

/** The bytes with each of their bits turned in turn, `step` bits apart. */
function* flipped(bytes: Buffer, step = 1): Generator<Buffer> {
  for (let bit = 0; bit < bytes.length * 8; bit += step) {
    const copy = Buffer.from(bytes);
    copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    yield copy;
  }
}

function* truncated(bytes: Buffer): Generator<Buffer> {
  for (let length = 0; length < bytes.length; length += 1) yield bytes.subarray(0, length);
}

describe.each(['manifest.json', 'adapter_config.json', 'adapter_model.safetensors'])('%s of a stored layer', (name) => {
  const file = () => join(root, 'layers', manifest.id, name);

  async function expectRefused(versions: Iterable<Buffer>): Promise<void> {
    const sound = await readFile(file());
    for (const bytes of versions) {
      await writeFile(file(), bytes);
      const code = await refusal(() => layers.open(manifest.id));
      if (!REFUSALS.includes(code ?? '')) expect.fail(`served or failed otherwise: ${code}`);
    }
    await writeFile(file(), sound);
    expect((await layers.open(manifest.id)).bytes).toBe(manifest.bytes);
  }

  test('every truncation is seen', async () => expectRefused(truncated(await readFile(file()))));
  test('a bit turned in every byte is seen', async () => expectRefused(flipped(await readFile(file()), 9)));
  test('bytes added at the end are seen', async () =>
    expectRefused([Buffer.concat([await readFile(file()), Buffer.of(0)])]));
});

test('every single bit and every cut of the three files of a stored layer is seen', async () => {
  const folder = join(root, 'layers', manifest.id);
  const stored = {
    manifest: await readFile(join(folder, 'manifest.json')),
    config: await readFile(join(folder, 'adapter_config.json')),
    weights: await readFile(join(folder, 'adapter_model.safetensors')),
  };
  const trusted = [layers.publicKey];
  const hashed = (bytes: Buffer) => ({ bytes, sha256: createHash('sha256').update(bytes).digest('hex') });
  // What reading a layer from the disk does, without the disk: tens of thousands of times.
  const take = (files: typeof stored): LayerManifest => {
    const read = readManifest(files.manifest, trusted);
    if (read.id !== manifest.id) throw corrupt('another layer');
    assertContents(read, { config: hashed(files.config), weights: hashed(files.weights) });
    return read;
  };
  expect(take(stored)).toEqual(manifest);
  for (const name of ['manifest', 'config', 'weights'] as const) {
    for (const version of [...flipped(stored[name]), ...truncated(stored[name])]) {
      const code = await refusal(() => take({ ...stored, [name]: version }));
      if (!REFUSALS.includes(code ?? '')) expect.fail(`${name} was served or failed otherwise: ${code}`);
    }
  }
}, 120_000);

test('every single bit of a manifest and of a bundle counts', async () => {
  const file = join(root, 'layer.tar');
  await layers.exportBundle(manifest.id, file);
  const bytes = await readFile(file);
  const trusted = [layers.publicKey];
  const take = (version: Uint8Array): LayerManifest => {
    const bundle = readBundle(version);
    const read = readManifest(bundle.manifest.bytes, trusted);
    assertContents(read, bundle);
    return read;
  };
  expect(take(bytes)).toEqual(manifest);
  for (const version of flipped(bytes)) {
    const code = await refusal(() => take(version));
    if (!REFUSALS.includes(code ?? '')) expect.fail(`served or failed otherwise: ${code}`);
  }
  for (const version of truncated(bytes)) {
    const code = await refusal(() => take(version));
    if (!REFUSALS.includes(code ?? '')) expect.fail(`served or failed otherwise: ${code}`);
  }
}, 120_000);

test('a damaged bundle leaves nothing in the store that it was to go to', async () => {
  const file = join(root, 'damaged.tar');
  await layers.exportBundle(manifest.id, file);
  const bytes = await readFile(file);
  const empty = await openLayerStore({ folder: join(root, 'empty'), keyFolder: join(root, 'keys') });
  for (const version of flipped(bytes, 211)) {
    await writeFile(file, version);
    expect(REFUSALS).toContain(await refusal(() => empty.importBundle(file, { baseModel: BASE })));
  }
  expect(await empty.list()).toEqual([]);
  await writeFile(file, bytes);
  expect(await empty.importBundle(file, { baseModel: BASE })).toEqual(manifest);
});
