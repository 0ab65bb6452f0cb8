import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LESSONS_FILE } from '@continuum/contract/lesson';
import { treeFiles } from '@continuum/git/tree-files';

const FOLDER = '.continuum';
const MAX_BYTES = 20_000_000;
/** Personas, recipes and scopes: the data folders that a team may keep of its own. */
const DEFINITION = /^\.continuum\/(?:personas|recipes|scopes)\/(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.json$/;

/** What the base of a pull request says about reviews, and its head cannot change. */
export interface Trusted {
  /** Lessons as JSON Lines; empty when the repository keeps none. */
  readonly lessons: string;
}

/**
 * Takes lessons and definitions from a commit that is merged already, and writes the definitions into a folder. A pull request
 * must not teach its own reviewers to be silent. Throws UNKNOWN_REVISION.
 */
export async function takeTrusted(workspace: string, base: string, definitions: string): Promise<Trusted> {
  const files = await treeFiles(workspace, { revision: base, under: FOLDER, maxBytes: MAX_BYTES });
  for (const [path, text] of files) {
    if (!DEFINITION.test(path)) continue;
    const file = join(definitions, path.slice(FOLDER.length + 1));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return { lessons: files.get(LESSONS_FILE) ?? '' };
}
