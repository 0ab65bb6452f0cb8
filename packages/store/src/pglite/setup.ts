import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import type { Driver } from '../connection.ts';
import { type Migration, migrate } from '../migrate.ts';
import { DatabaseThread } from './client.ts';
import { pgliteDriver } from './driver.ts';
import type { WorkerStart } from './protocol.ts';
import { hasTemplate, makeTemplate, templatePath } from './template.ts';

type Release = () => Promise<void>;

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function openMigrated(start: WorkerStart, migrations: readonly Migration[], release: Release): Promise<Driver> {
  const thread = await DatabaseThread.start(start);
  try {
    const driver = pgliteDriver(thread, release);
    await migrate(driver, migrations);
    return driver;
  } catch (thrown) {
    await thread.terminate();
    throw thrown;
  }
}

async function openCopy(data: string, migrations: readonly Migration[], release: Release): Promise<Driver | undefined> {
  const template = templatePath(migrations);
  const setUp = async (folder: string) => (await openMigrated({ folder }, migrations, async () => {})).close();
  if (!(await hasTemplate(template)) && !(await makeTemplate(template, setUp))) return undefined;
  try {
    return await openMigrated({ folder: data, template }, migrations, release);
  } catch {
    // A damaged template must not stop a start that works without it.
    await rm(template, { recursive: true, force: true });
    await rm(data, { recursive: true, force: true });
    return undefined;
  }
}

function gone(data: string): ContinuumError {
  return new ContinuumError('STORE_CORRUPT', `The store was set up, but its database in ${data} is gone`, {
    next: 'Restore the folder from a backup, or remove it whole to begin anew.',
  });
}

/**
 * Opens the database of a locked folder with its schema up to date; `release` runs once it is closed.
 * Throws STORE_CORRUPT when it cannot be opened.
 */
export async function openFolder(folder: string, migrations: readonly Migration[], release: Release): Promise<Driver> {
  const data = join(folder, 'data');
  const mark = join(folder, 'ready');
  if (await exists(mark)) {
    // PGlite would silently begin a new database here.
    if (!(await exists(join(data, 'PG_VERSION')))) throw gone(data);
    return openMigrated({ folder: data }, migrations, release);
  }
  // Whatever lies here was never finished: nothing in it has been promised to anybody.
  await rm(data, { recursive: true, force: true });
  const driver =
    (await openCopy(data, migrations, release)) ?? (await openMigrated({ folder: data }, migrations, release));
  await writeFile(mark, '');
  return driver;
}
