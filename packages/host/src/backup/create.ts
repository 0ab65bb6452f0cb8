import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { CommandOutput } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import { LayerId } from '@continuum/contract/layer';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import type { Core, Parts } from '../runtime.ts';
import { copyDurably, type Fingerprint, fingerprint, isMissing, listFiles, syncTree } from './files.ts';
import { type BackupManifest, SNAPSHOT, writeManifest } from './manifest.ts';
import { DEFINITIONS, layersFolder } from './places.ts';

/** What a backup is made of; a process without a journal of its own leaves it out. */
export type BackupParts = Pick<Core, 'settings' | 'store' | 'now'> &
  Pick<Parts, 'layerStore'> & { readonly journal?: Pick<Parts['journal'], 'copyTo'> };

type Copied = BackupManifest['files'];

const WITH_KEY =
  'Holds deliveries, conversations and, in keys/, the private key that layers are signed with: keep it as safe as the system itself.';
const WITHOUT_KEY = 'Holds deliveries and conversations: keep it as safe as the system itself.';

async function makeFolder(folder: string): Promise<void> {
  if (!isAbsolute(folder)) {
    throw new ContinuumError('INVALID_INPUT', `${folder} is no absolute path`, {
      next: "Give the whole path of a folder on the server's machine.",
    });
  }
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder, { mode: 0o700 }).catch(async (error: unknown) => {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isThere) throw error;
    const names = await readdir(folder).catch(() => ['a file']);
    if (names.length > 0) {
      throw new ContinuumError('CONFLICT', `${folder} is not empty`, { next: 'Name a new folder for each backup.' });
    }
  });
}

const described = (path: string, { bytes, sha256 }: Fingerprint): Copied[number] => ({ path, bytes, sha256 });

async function copyTree(from: string, folder: string, to: string): Promise<Copied> {
  const copied: Array<Copied[number]> = [];
  for (const path of await listFiles(from)) {
    copied.push(described(`${to}/${path}`, await copyDurably(join(from, path), join(folder, to, path))));
  }
  return copied;
}

/** Layers never change, so they are copied one by one, each checked against its signed manifest on the way. */
async function copyLayers(layerStore: LayerStore, layers: string, folder: string): Promise<Copied> {
  const copied: Array<Copied[number]> = [];
  for (const name of await readdir(layers).catch(() => [])) {
    const id = LayerId.safeParse(name);
    if (id.success) copied.push(...(await copyLayer(layerStore, layers, folder, id.data)));
  }
  return copied;
}

async function copyLayer(layerStore: LayerStore, layers: string, folder: string, id: LayerId): Promise<Copied> {
  const to = `genome/layers/${id}`;
  try {
    const { files } = await layerStore.get(id);
    const copied = await copyTree(join(layers, id), folder, to);
    const differing = Object.keys(files).find(
      (name) => copied.find(({ path }) => path === `${to}/${name}`)?.sha256 !== files[name],
    );
    if (differing === undefined) return copied;
    throw new ContinuumError('LAYER_CORRUPT', `${differing} of ${id} is not what its manifest says`, {
      next: 'Import its bundle again or remove the layer, then back up: a backup is whole or not at all.',
    });
  } catch (error) {
    const isGone = isMissing(error) || (error instanceof ContinuumError && error.code === 'NOT_FOUND');
    if (!isGone) throw error;
    // Removed meanwhile, on purpose.
    await rm(join(folder, to), { recursive: true, force: true });
    return [];
  }
}

async function fingerprints(folder: string, paths: readonly string[]): Promise<Copied> {
  const found: Array<Copied[number]> = [];
  for (const path of paths) found.push(described(path, await fingerprint(join(folder, path))));
  return found;
}

/**
 * The journal goes first, the store after it. A delivery that was acknowledged before the backup began is in the journal.
 * If the copied mark says that it was handed on, that was before the store was copied, so the store has what came of it; if
 * not, the restored system hands it on, and the store knows those that it has already. The other way round, what was handed
 * on between the two copies would be missing from the store and behind the mark: lost. Layers come last, since the store
 * names only layers that are on disk already.
 */
async function copyAll(parts: BackupParts, folder: string): Promise<Copied> {
  const { settings, store, journal, layerStore } = parts;
  await journal?.copyTo(join(folder, 'journal'));
  await store.writeSnapshot(join(folder, SNAPSHOT));
  const journalFiles = (await listFiles(join(folder, 'journal'))).map((path) => `journal/${path}`);
  const copied = [...(await fingerprints(folder, [SNAPSHOT, ...journalFiles]))];
  copied.push(...(await copyLayers(layerStore, layersFolder(settings), folder)));
  copied.push(...(await copyTree(settings.genome.keys, folder, 'keys')));
  for (const name of DEFINITIONS) {
    copied.push(...(await copyTree(join(settings.definitions, name), folder, `definitions/${name}`)));
  }
  return copied;
}

/**
 * Copies store, journal, layers, keys and definitions of the running system into a new folder, given absolute. Throws
 * INVALID_INPUT, CONFLICT when the folder is not empty, LAYER_CORRUPT for a damaged layer; nothing is left then.
 */
export async function createBackup(parts: BackupParts, folder: string): Promise<CommandOutput<'backup/create'>> {
  const began = performance.now();
  const at = parts.now().toISOString();
  await makeFolder(folder);
  try {
    const files = await copyAll(parts, folder);
    await syncTree(folder);
    const notice = files.some(({ path }) => path.startsWith('keys/')) ? WITH_KEY : WITHOUT_KEY;
    const own = await writeManifest(folder, { format: 1, at, notice, files });
    const bytes = files.reduce((sum, file) => sum + file.bytes, own);
    return { folder, files: files.length + 1, bytes, ms: Math.round(performance.now() - began) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
