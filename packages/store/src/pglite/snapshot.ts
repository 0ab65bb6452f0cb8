import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Migration } from '../migrate.ts';

const require = createRequire(import.meta.url);
const Manifest = z.object({ version: z.string() });

/** The installed node_modules folder that holds PGlite, and PGlite's version. */
function pglite(): { modules: string; version: string } {
  const entry = require.resolve('@electric-sql/pglite');
  const root = entry.slice(0, entry.lastIndexOf('node_modules') + 'node_modules'.length);
  return { modules: root, version: Manifest.parse(require(join(root, '@electric-sql/pglite/package.json'))).version };
}

/** Where the dump of an empty, migrated database is kept: one file per schema and PGlite version. */
export function snapshotPath(migrations: readonly Migration[]): string {
  const { modules, version } = pglite();
  const key = createHash('sha256').update(version);
  for (const { hash } of migrations) key.update(hash);
  return join(modules, '.cache', 'continuum', `store-${key.digest('hex').slice(0, 16)}.tar.gz`);
}

/** The snapshot's path when it is there. */
export async function findSnapshot(path: string): Promise<string | undefined> {
  return access(path).then(
    () => path,
    () => undefined,
  );
}

/** Keeps a dump for later starts; a folder that cannot be written only costs those starts some seconds. */
export async function keepSnapshot(path: string, dump: Uint8Array): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, dump);
    await rename(draft, path);
    return true;
  } catch {
    return false;
  }
}
