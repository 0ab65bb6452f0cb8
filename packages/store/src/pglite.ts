import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import type { Store } from '@continuum/contract/ports/store';
import type { Driver } from './connection.ts';
import { type Migration, migrate, readMigrations } from './migrate.ts';
import { DatabaseThread } from './pglite/client.ts';
import { pgliteDriver } from './pglite/driver.ts';
import { lockFolder } from './pglite/lock.ts';
import { findSnapshot, keepSnapshot, snapshotPath } from './pglite/snapshot.ts';
import { createStore } from './store.ts';

export interface PgliteOptions {
  /** Made when missing. Holds the database, its lock and a mark that it was set up. */
  readonly folder: string;
  readonly now?: () => Date;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

function missing(data: string): ContinuumError {
  return new ContinuumError('STORE_CORRUPT', `The store was set up, but its database in ${data} is gone`, {
    next: 'Restore the folder from a backup, or remove it whole to begin anew.',
  });
}

async function startThread(folder: string, fresh: boolean, snapshot: string): Promise<DatabaseThread> {
  const data = join(folder, 'data');
  if (!fresh) {
    // PGlite would silently begin a new database here.
    if (!(await exists(join(data, 'PG_VERSION')))) throw missing(data);
    return DatabaseThread.start({ folder: data, snapshot: undefined });
  }
  const found = await findSnapshot(snapshot);
  const restart = async (from: string | undefined) => {
    // Whatever lies here was never finished: nothing in it has been promised to anybody.
    await rm(data, { recursive: true, force: true });
    return DatabaseThread.start({ folder: data, snapshot: from });
  };
  if (found === undefined) return restart(undefined);
  // A damaged snapshot must not stop a start that works without it.
  return restart(found).catch(async () => {
    await rm(found, { force: true });
    return restart(undefined);
  });
}

async function dumpOnce(thread: DatabaseThread, snapshot: string): Promise<void> {
  if ((await findSnapshot(snapshot)) !== undefined) return;
  const reply = await thread.send({ kind: 'dump' });
  if ('dump' in reply) await keepSnapshot(snapshot, reply.dump);
}

async function openDriver(
  folder: string,
  migrations: readonly Migration[],
  unlock: () => Promise<void>,
): Promise<Driver> {
  const mark = join(folder, 'ready');
  const fresh = !(await exists(mark));
  const snapshot = snapshotPath(migrations);
  const thread = await startThread(folder, fresh, snapshot);
  try {
    const driver = pgliteDriver(thread, unlock);
    await migrate(driver, migrations);
    if (!fresh) return driver;
    await dumpOnce(thread, snapshot);
    await writeFile(mark, '');
    return driver;
  } catch (thrown) {
    await thread.terminate();
    throw thrown;
  }
}

/**
 * Opens the embedded store: PGlite in a worker thread, its folder locked for this process, its schema up to date.
 * Inside `transaction` use only the handed store: the outer one waits until the transaction is over.
 * Throws STORE_LOCKED when another process has the folder open, STORE_CORRUPT when the folder cannot be read.
 */
export async function openPgliteStore({ folder, now = () => new Date() }: PgliteOptions): Promise<Store> {
  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder);
  try {
    return createStore(await openDriver(folder, await readMigrations(), unlock), now);
  } catch (thrown) {
    await unlock();
    throw thrown;
  }
}
