import { mkdir } from 'node:fs/promises';
import type { Store } from '@continuum/contract/ports/store';
import { lockFolder } from '@continuum/folder-lock/folder-lock';
import { readMigrations } from './migrate.ts';
import { openFolder } from './pglite/setup.ts';
import { createStore } from './store.ts';

export interface PgliteOptions {
  /** Made when missing. Holds the database, its lock and a mark that it was set up. */
  readonly folder: string;
  readonly now?: () => Date;
}

/**
 * Opens the embedded store: PGlite in a worker thread, its folder locked for this process, its schema up to date.
 * Inside `transaction` use only the handed store: the outer one waits until the transaction is over.
 * Throws STORE_LOCKED when another process has the folder open, STORE_CORRUPT when the folder cannot be read.
 */
export async function openPgliteStore({ folder, now = () => new Date() }: PgliteOptions): Promise<Store> {
  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder, 'store');
  try {
    return createStore(await openFolder(folder, await readMigrations(), unlock), now);
  } catch (thrown) {
    await unlock();
    throw thrown;
  }
}
