import { randomUUID } from 'node:crypto';
import { mkdir, realpath, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';

/**
 * Writes a file of the workspace. The checkout is a stranger's: a link in it must not lead the text elsewhere, so the folder is
 * looked at behind its links, and a link in the file's own place is replaced and not followed. Throws FORBIDDEN.
 */
export async function writeInside(workspace: string, path: string, text: string): Promise<string> {
  const root = await realpath(workspace);
  const target = resolve(root, path);
  assertInside(root, target, path);
  assertInside(root, await existing(dirname(target)), path);
  await mkdir(dirname(target), { recursive: true });
  const draft = join(dirname(target), `.${randomUUID()}`);
  await writeFile(draft, text, { flag: 'wx' });
  await rename(draft, target);
  return target;
}

/** The nearest folder above that exists, its links followed. */
async function existing(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    const parent = dirname(folder);
    if (parent === folder || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return existing(parent);
  }
}

function assertInside(root: string, place: string, path: string): void {
  const way = relative(root, place);
  if (way !== '..' && !way.startsWith(`..${sep}`)) return;
  throw new ContinuumError('FORBIDDEN', `${path} leads out of the workspace`, {
    next: 'Name a file inside of the checkout; links in it are not followed.',
  });
}
