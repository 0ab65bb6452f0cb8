import { mkdir, readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { LayerId, type LayerManifest } from '@continuum/contract/layer';
import type { LayerStore, NewLayer } from '@continuum/contract/ports/layer-store';
import type { LoadableLayer } from '@continuum/contract/ports/policy';
import { type KnownBase, readBase } from './base.ts';
import { readBundleFile, writeBundleFile } from './bundle-file.ts';
import { assertBase, assertContents, describeLayer, type LayerContents, toPeftFiles } from './contents.ts';
import { clearLeftovers, createFolder, removeFolder } from './folders.ts';
import { openSigningKey, type SigningKey } from './keys.ts';
import type { LayerLog } from './log.ts';
import { CONFIG, MANIFEST, readManifest, signManifest, WEIGHTS } from './manifest.ts';
import { readPeftFolder } from './peft-folder.ts';
import { layerFolder, readStoredContents, readStoredManifest } from './stored-layer.ts';

/** Where a store lies; with `baseFolder` it takes and hands out layers of that base model only. */
export interface LayerStoreOptions {
  readonly folder: string;
  /** Holds the key that layers are signed with; apart from the layers, so that a copy of them does not carry it. */
  readonly keyFolder: string;
  /** Folder of the base model: config.json, model.safetensors. */
  readonly baseFolder?: string;
  readonly log?: LayerLog;
}

/** A store on disk; `publicKey` is what others pass in `trust` to import its bundles. */
export interface LocalLayerStore extends LayerStore {
  readonly publicKey: string;
}

const SILENT: LayerLog = { warn: () => undefined };

/**
 * Opens a store of layers, `<folder>/<layer id>/{adapter_model.safetensors,adapter_config.json,manifest.json}`, and clears
 * what a killed process left half written. Throws CONFIG_INVALID for a damaged key or another kind of base model.
 */
export async function openLayerStore(options: LayerStoreOptions): Promise<LocalLayerStore> {
  const folder = resolve(options.folder);
  const log = options.log ?? SILENT;
  await mkdir(folder, { recursive: true });
  await clearLeftovers(folder);
  const key = await openSigningKey(options.keyFolder, log);
  const base = options.baseFolder === undefined ? undefined : await readBase(options.baseFolder);
  return new FolderLayerStore({ folder, key, log, base });
}

interface Parts {
  readonly folder: string;
  readonly key: SigningKey;
  readonly log: LayerLog;
  readonly base: KnownBase | undefined;
}

class FolderLayerStore implements LocalLayerStore {
  readonly #folder: string;
  readonly #key: SigningKey;
  readonly #log: LayerLog;
  readonly #base: KnownBase | undefined;

  constructor({ folder, key, log, base }: Parts) {
    this.#folder = folder;
    this.#key = key;
    this.#log = log;
    this.#base = base;
  }

  get publicKey(): string {
    return this.#key.publicKey;
  }

  async put(peftFolder: string, about: NewLayer): Promise<LayerManifest> {
    const contents = await readPeftFolder(peftFolder);
    return this.#keep(describeLayer(contents, about, this.#base), contents);
  }

  async list(): Promise<LayerManifest[]> {
    const manifests: LayerManifest[] = [];
    for (const name of (await readdir(this.#folder)).toSorted()) {
      const id = LayerId.safeParse(name);
      const manifest = id.success ? await this.#manifestOrWarn(id.data) : undefined;
      if (manifest !== undefined) manifests.push(manifest);
    }
    return manifests;
  }

  async #manifestOrWarn(id: LayerId): Promise<LayerManifest | undefined> {
    try {
      return await this.get(id);
    } catch (error) {
      this.#log.warn({ layer: id, err: error }, 'a damaged layer is left out');
      return undefined;
    }
  }

  get(id: LayerId): Promise<LayerManifest> {
    return readStoredManifest(this.#folder, id, this.#key.publicKey);
  }

  async open(id: LayerId): Promise<LoadableLayer> {
    const manifest = await this.get(id);
    assertBase(manifest.baseModel, this.#base?.baseModel);
    const contents = await readStoredContents(this.#folder, manifest);
    return { id, folder: layerFolder(this.#folder, id), bytes: manifest.bytes, content: toPeftFiles(contents) };
  }

  async remove(id: LayerId): Promise<void> {
    await removeFolder(this.#folder, LayerId.parse(id));
  }

  async exportBundle(id: LayerId, file: string): Promise<void> {
    const manifest = await this.get(id);
    const { config, weights } = await readStoredContents(this.#folder, manifest);
    const signed = Buffer.from(signManifest(manifest, this.#key));
    await writeBundleFile(file, { manifest: signed, config: config.bytes, weights: weights.bytes });
  }

  async importBundle(
    file: string,
    options: { readonly baseModel: string; readonly trust?: readonly string[] },
  ): Promise<LayerManifest> {
    const bundle = await readBundleFile(file);
    const manifest = readManifest(bundle.manifest.bytes, [this.#key.publicKey, ...(options.trust ?? [])]);
    assertBase(manifest.baseModel, options.baseModel);
    const base = this.#base?.baseModel === options.baseModel ? this.#base : undefined;
    assertContents(manifest, bundle, base);
    return this.#keep(manifest, bundle);
  }

  /** Stores a layer whose contents were checked, under this store's own signature; one that is there already stays. */
  async #keep(manifest: LayerManifest, contents: LayerContents): Promise<LayerManifest> {
    const { id } = manifest;
    const present = (await this.#intact(id)) ?? (await this.#create(manifest, contents));
    if (present.scope !== manifest.scope || present.baseModel !== manifest.baseModel) {
      throw new ContinuumError('CONFLICT', `${id} is there already, for ${present.scope} of ${present.baseModel}.`, {
        next: 'The same weights cannot be two layers: remove that one first.',
      });
    }
    return present;
  }

  async #create(manifest: LayerManifest, contents: LayerContents): Promise<LayerManifest> {
    const created = await createFolder(this.#folder, manifest.id, {
      [WEIGHTS]: contents.weights.bytes,
      [CONFIG]: contents.config.bytes,
      [MANIFEST]: signManifest(manifest, this.#key),
    });
    return created ? manifest : this.get(manifest.id);
  }

  /** The manifest of a layer of which every byte holds; a damaged one is removed, as it is about to be replaced. */
  async #intact(id: LayerId): Promise<LayerManifest | undefined> {
    try {
      const manifest = await this.get(id);
      await readStoredContents(this.#folder, manifest);
      return manifest;
    } catch (error) {
      if (!(error instanceof ContinuumError)) throw error;
      if (error.code === 'NOT_FOUND') return undefined;
      this.#log.warn({ layer: id, err: error }, 'a damaged layer is replaced');
      await removeFolder(this.#folder, id);
      return undefined;
    }
  }
}
