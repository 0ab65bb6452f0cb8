import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { Migration } from '../migrate.ts';

const require = createRequire(import.meta.url);
const Manifest = z.object({ version: z.string() });
const STALE_MS = 3_600_000;

/** Where the folder of an empty, migrated database is kept: one per schema and PGlite version, beside PGlite itself. */
export function templatePath(migrations: readonly Migration[]): string {
  const entry = require.resolve('@electric-sql/pglite');
  const modules = entry.slice(0, entry.lastIndexOf('node_modules') + 'node_modules'.length);
  const { version } = Manifest.parse(require(join(modules, '@electric-sql/pglite/package.json')));
  const key = createHash('sha256').update(version);
  for (const { hash } of migrations) key.update(hash);
  return join(modules, '.cache', 'continuum', `store-${key.digest('hex').slice(0, 16)}`);
}

/** Is the template there? */
export async function hasTemplate(path: string): Promise<boolean> {
  return access(join(path, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

/** Templates of earlier schemas, and drafts of processes that were killed: 40 MB each. */
async function removeStale(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith('store-') || name === basename(path)) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > STALE_MS) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Makes the template: `setUp` gets a folder, makes an empty, migrated database there and closes it. False when the
 * cache cannot be written, which costs every fresh start some seconds and nothing else.
 */
export async function makeTemplate(path: string, setUp: (folder: string) => Promise<void>): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(draft, { recursive: true });
  } catch {
    return false;
  }
  try {
    await setUp(draft);
    // Whoever is quicker wins; both templates are the same.
    await rename(draft, path).catch(() => rm(draft, { recursive: true, force: true }));
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true });
    throw thrown;
  }
  await removeStale(path).catch(() => undefined);
  return hasTemplate(path);
}
