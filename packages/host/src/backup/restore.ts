import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { lockFolder } from '@continuum/folder-lock/folder-lock';
import { copyDurably, isMissing, syncTree } from './files.ts';
import { type BackupManifest, corruptBackup, SNAPSHOT } from './manifest.ts';
import { DEFINITIONS, journalFolder, layersFolder, type Places, placeOf, storeFolder } from './places.ts';
import { assertFinished, markFinished, markUnfinished } from './unfinished.ts';
import { type BackupSummary, checkBackup, type Progress } from './verify.ts';

/** Throws STORE_LOCKED while a system works there. */
async function assertStopped(places: Places): Promise<void> {
  const held = [
    { folder: storeFolder(places), purpose: 'store' },
    { folder: journalFolder(places), purpose: 'journal' },
  ];
  for (const { folder, purpose } of held) {
    const isThere = await access(folder).then(
      () => true,
      () => false,
    );
    if (isThere) await (await lockFolder(folder, purpose))();
  }
}

/** Folders that a restore fills. */
function filledBy(places: Places): string[] {
  return [
    ...[storeFolder(places), journalFolder(places), layersFolder(places), places.genome.keys],
    ...DEFINITIONS.map((name) => join(places.definitions, name)),
  ];
}

async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}

/** Throws CONFLICT where anything of a system is. */
async function assertUnused(places: Places): Promise<void> {
  for (const folder of filledBy(places)) {
    if (await isEmpty(folder)) continue;
    throw new ContinuumError('CONFLICT', `${folder} is not empty`, {
      next: 'Restore into an empty home: set CONTINUUM_HOME to a new folder, or move the old one away.',
    });
  }
}

async function restoreFiles(folder: string, files: BackupManifest['files'], places: Places, progress: Progress) {
  for (const { path, sha256 } of files.filter((file) => file.path !== SNAPSHOT)) {
    progress(`restoring ${path}`);
    const copied = await copyDurably(join(folder, path), placeOf(path, places));
    if (copied.sha256 !== sha256) throw corruptBackup(`${path} changed while it was restored`);
  }
}

async function restoreStore(folder: string, places: Places): Promise<void> {
  const file = join(folder, SNAPSHOT);
  if (places.databaseUrl === undefined) {
    const { restorePgliteStore } = await import('@continuum/store/pglite');
    await restorePgliteStore({ folder: storeFolder(places), file });
    return;
  }
  const { restorePostgresStore } = await import('@continuum/store/postgres');
  await restorePostgresStore({ url: places.databaseUrl, file });
}

/**
 * Makes a system out of a backup, where none is: files under the places that the settings name, the store there or in the
 * database they name. Every byte of the backup is checked before the first is written; what is cut off is refused by the
 * next start. Throws BACKUP_CORRUPT, STORE_LOCKED while a system runs there, CONFLICT where one has been, STORE_CORRUPT for
 * the backup of a newer version.
 */
export async function restoreBackup(
  folder: string,
  places: Places,
  progress: Progress = () => {},
): Promise<BackupSummary> {
  const home = resolve(places.home);
  await assertStopped(places);
  await assertFinished(home);
  await assertUnused(places);
  const { manifest, summary } = await checkBackup(folder, progress);
  await mkdir(home, { recursive: true });
  await markUnfinished(home);
  try {
    await restoreFiles(folder, manifest.files, places, progress);
    progress(`restoring the store: ${summary.rows} rows`);
    await restoreStore(folder, places);
  } catch (error) {
    // All of them were empty before.
    for (const each of filledBy(places)) await rm(each, { recursive: true, force: true });
    await markFinished(home);
    throw error;
  }
  for (const each of new Set([home, places.genome.folder, places.definitions])) {
    if (!(await isEmpty(each))) await syncTree(each);
  }
  await markFinished(home);
  return summary;
}
