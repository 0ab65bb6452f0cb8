import { mkdir, rm } from 'node:fs/promises';
import { ContinuumError } from '@continuum/contract/errors';
import type { Store } from '@continuum/contract/ports/store';
import { lockFolder } from '@continuum/folder-lock/folder-lock';
import { exists, setMark, syncFolder } from './files.ts';
import { loadStore } from './load.ts';
import { readMigrations } from './migrate.ts';
import { examineFolder, openEmpty, placesOf } from './pglite/setup.ts';
import { verifySource, withSnapshot } from './snapshot/read.ts';
import { migrationsOf, restoreInto } from './snapshot/restore.ts';

export interface PgliteOptions {
  /** Made when missing. Holds the database, its lock and a mark that it was set up. */
  readonly folder: string;
  readonly now?: () => Date;
  /** Called when the database opens in its thread, which takes a while: the time for work in this one. */
  readonly whileOpening?: () => void;
}

/**
 * Opens the embedded store: PGlite in a worker thread, its folder locked for this process, its schema up to date.
 * Inside `transaction` use only the handed store: the outer one waits until the transaction is over.
 * Throws STORE_LOCKED when another process has the folder open, STORE_CORRUPT when the folder cannot be read.
 */
export async function openPgliteStore({
  folder,
  now = () => new Date(),
  whileOpening = () => undefined,
}: PgliteOptions): Promise<Store> {
  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder, 'store');
  try {
    const openDatabase = await examineFolder(folder, await readMigrations());
    const opening = openDatabase(unlock);
    whileOpening();
    const [driver, { createStore }] = await Promise.all([opening, loadStore()]);
    return createStore(driver, now);
  } catch (thrown) {
    await unlock();
    throw thrown;
  }
}

async function assertUnused(folder: string): Promise<void> {
  const { data, ready, restoring } = placesOf(folder);
  if (await exists(restoring)) {
    throw new ContinuumError('CONFLICT', `An earlier restore into ${folder} was cut off`, {
      next: 'Remove that folder and restore again.',
    });
  }
  if ((await exists(data)) || (await exists(ready))) {
    throw new ContinuumError('CONFLICT', `${folder} holds a store already`, {
      next: 'Restore into an empty folder: what is there would be mixed with the backup.',
    });
  }
}

async function restoreData(folder: string, file: string): Promise<{ readonly rows: number }> {
  const known = await readMigrations();
  return withSnapshot(file, async (source) => {
    const wanted = migrationsOf((await verifySource(source)).header, known);
    const driver = await openEmpty(folder, wanted.length === known.length ? known : []);
    try {
      return await restoreInto(driver, source, known);
    } finally {
      await driver.close();
    }
  });
}

/**
 * Writes a snapshot into a folder without a store; what is cut off is refused by the next start. Throws BACKUP_CORRUPT,
 * CONFLICT when the folder holds a store, STORE_CORRUPT when the snapshot is of a newer version, STORE_LOCKED.
 */
export async function restorePgliteStore({
  folder,
  file,
}: {
  readonly folder: string;
  readonly file: string;
}): Promise<{ readonly rows: number }> {
  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder, 'store');
  try {
    await assertUnused(folder);
    const { data, seal, ready, restoring } = placesOf(folder);
    await setMark(restoring);
    const restored = await restoreData(folder, file).catch(async (thrown: unknown) => {
      for (const path of [data, seal, restoring]) await rm(path, { recursive: true, force: true });
      throw thrown;
    });
    await setMark(ready);
    await rm(restoring);
    await syncFolder(folder);
    return restored;
  } finally {
    await unlock();
  }
}
