import { ContinuumError } from '@continuum/contract/errors';
import { blobSizes, readBlobs } from './blobs.ts';
import { resolveRevision } from './revisions.ts';
import { gitOutput } from './run.ts';
import { decodeUtf8, readPatch } from './tree-changes.ts';

/** One entry of `git ls-tree -z`: mode, type, id, path. */
const ENTRY = /^(100\d{3}) blob ([0-9a-f]{40,64})\t(.+)$/s;

/**
 * Plain files under a folder of a commit, as text by their path from the root of the repository; links, submodules, files over
 * `maxBytes` and names or texts that are not UTF-8 are left out. Objects only: the work tree is not looked at. Throws
 * NOT_A_REPOSITORY, UNKNOWN_REVISION.
 */
export async function treeFiles(
  folder: string,
  { revision, under, maxBytes }: { readonly revision: string; readonly under: string; readonly maxBytes: number },
): Promise<Map<string, string>> {
  const id = await resolveRevision(folder, revision);
  const listed = await gitOutput(folder, ['ls-tree', '-r', '-z', '--full-tree', id, '--', `${under}/`]);
  const entries = listed
    .toString('latin1')
    .split('\0')
    .flatMap((line) => {
      const [, , blob, name] = ENTRY.exec(line) ?? [];
      const path = name === undefined ? undefined : decodeUtf8(Buffer.from(name, 'latin1'));
      return blob === undefined || path === undefined ? [] : [{ blob, path }];
    });
  const sizes = await blobSizes(
    folder,
    entries.map(({ blob }) => blob),
  );
  const small = entries.filter(({ blob }) => (sizes.get(blob) ?? Number.POSITIVE_INFINITY) <= maxBytes);
  const blobs = await readBlobs(
    folder,
    small.map(({ blob }) => blob),
  );
  return new Map(
    small.flatMap(({ blob, path }) => {
      const bytes = blobs.get(blob);
      const text = bytes === undefined ? undefined : decodeUtf8(bytes);
      return text === undefined ? [] : [[path, text] as const];
    }),
  );
}

/** Does this clone have these commits? A shallow one has few. Throws NOT_A_REPOSITORY. */
export async function hasCommits(folder: string, revisions: readonly string[]): Promise<boolean> {
  try {
    for (const revision of revisions) await resolveRevision(folder, revision);
    return true;
  } catch (error) {
    if (error instanceof ContinuumError && error.code === 'UNKNOWN_REVISION') return false;
    throw error;
  }
}

/** The patch between two commits as a unified diff. Throws UNKNOWN_REVISION. */
export async function rangePatch(folder: string, base: string, head: string): Promise<string> {
  const [from, to] = await Promise.all([resolveRevision(folder, base), resolveRevision(folder, head)]);
  return readPatch(folder, from, to, []);
}
