import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate, readMigrations } from '../migrate.ts';
import { openEmpty } from '../pglite/setup.ts';
import { CATALOG_FILE, readCatalog } from './catalog.ts';

/** `npm run catalog`: applies all migrations to an empty database and writes down what came of it. */
const folder = await mkdtemp(join(tmpdir(), 'store-catalog-'));
try {
  const driver = await openEmpty(folder, []);
  await migrate(driver, await readMigrations());
  await writeFile(CATALOG_FILE, `${JSON.stringify(await readCatalog(driver), null, 2)}\n`);
  await driver.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
