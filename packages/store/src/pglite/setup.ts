import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { assertCatalog } from '../catalog/catalog.ts';
import type { Driver } from '../connection.ts';
import { exists, setMark } from '../files.ts';
import { type Migration, migrate } from '../migrate.ts';
import { removeCopies } from './base-copy.ts';
import { DatabaseThread } from './client.ts';
import { pgliteDriver } from './driver.ts';
import type { WorkerStart } from './protocol.ts';
import { hasTemplate, makeTemplate, templatePath } from './template.ts';

type Release = () => Promise<void>;

async function openMigrated(start: WorkerStart, migrations: readonly Migration[], release: Release): Promise<Driver> {
  const thread = await DatabaseThread.start(start);
  try {
    const driver = pgliteDriver(thread, start.folder, release);
    await migrate(driver, migrations);
    await assertCatalog(driver);
    return driver;
  } catch (thrown) {
    await thread.terminate();
    throw thrown;
  }
}

/** A fresh database begins as a copy of a set up one, where there can be such a template. */
async function openFromTemplate(
  start: WorkerStart,
  migrations: readonly Migration[],
  release: Release,
): Promise<Driver | undefined> {
  const template = templatePath(migrations);
  const setUp = async (folder: string) => (await openMigrated({ folder }, migrations, async () => {})).close();
  if (!(await hasTemplate(template)) && !(await makeTemplate(template, setUp))) return undefined;
  try {
    return await openMigrated({ ...start, template }, migrations, release);
  } catch {
    // A damaged template must not stop a start that works without it.
    await rm(template, { recursive: true, force: true });
    await rm(start.folder, { recursive: true, force: true });
    return undefined;
  }
}

/** A new database in the folder of a store: with the schema of these migrations, or with none when there are none. */
export async function openEmpty(
  folder: string,
  migrations: readonly Migration[],
  release: Release = async () => {},
): Promise<Driver> {
  const { data, seal } = placesOf(folder);
  const start = { folder: data, seal };
  if (migrations.length === 0) return pgliteDriver(await DatabaseThread.start(start), data, release);
  return (await openFromTemplate(start, migrations, release)) ?? openMigrated(start, migrations, release);
}

/** The places of a store in its folder. */
export function placesOf(folder: string) {
  return {
    data: join(folder, 'data'),
    /** Written when the folder was closed, removed when it is opened: see seal.ts. */
    seal: join(folder, 'data.seal'),
    /** The database is set up. */
    ready: join(folder, 'ready'),
    /** Setting up began; without `ready` beside it, it was cut off, and nothing was promised to anybody. */
    beginning: join(folder, 'beginning'),
    /** Restoring began; it was cut off if the mark is still there. */
    restoring: join(folder, 'restoring'),
  };
}

function gone(data: string): ContinuumError {
  return new ContinuumError('STORE_CORRUPT', `The store was set up, but its database in ${data} is gone`, {
    next: 'Restore the latest backup: `continuum restore <backup folder>`. Or remove the folder of the store to begin anew.',
  });
}

function halfRestored(folder: string): ContinuumError {
  return new ContinuumError('STORE_CORRUPT', `The restore into ${folder} was cut off`, {
    next: 'Remove that folder and restore again: `continuum restore <backup folder>`.',
  });
}

function unmarked(ready: string): ContinuumError {
  return new ContinuumError(
    'STORE_CORRUPT',
    `There is a database, but ${ready}, which says that it is whole, is gone`,
    {
      next: 'Restore the latest backup: `continuum restore <backup folder>`. If only that mark was lost, make it again, empty.',
    },
  );
}

/**
 * Looks at a locked folder and says how its database is opened: to call at once, with what runs when it is closed. Throws
 * STORE_CORRUPT when there is a database of which something is gone, or which was not restored to the end.
 */
export async function examineFolder(
  folder: string,
  migrations: readonly Migration[],
): Promise<(release: Release) => Promise<Driver>> {
  const { data, seal, ready, beginning, restoring } = placesOf(folder);
  if (await exists(restoring)) throw halfRestored(folder);
  await removeCopies(data);
  if (await exists(ready)) {
    // PGlite would silently begin a new database here.
    if (!(await exists(join(data, 'PG_VERSION')))) throw gone(data);
    return (release) => openMigrated({ folder: data, seal }, migrations, release);
  }
  if ((await exists(data)) && !(await exists(beginning))) throw unmarked(ready);
  return async (release) => {
    await setMark(beginning);
    await rm(data, { recursive: true, force: true });
    await rm(seal, { force: true });
    const driver = await openEmpty(folder, migrations, release);
    await setMark(ready);
    await rm(beginning);
    return driver;
  };
}
