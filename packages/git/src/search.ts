import type { CodeExcerpt } from '@continuum/contract/ports/code-search';
import { blobSizes } from './blobs.ts';
import { requireRepository, resolveRevision } from './revisions.ts';
import { gitOutput, runGit } from './run.ts';
import { decodeUtf8 } from './tree-changes.ts';

const MOST_WORDS = 5;
const MOST_FILES = 8;
const LINES_AROUND = 8;
const MAX_FILE_BYTES = 500_000;
/** Matching lines of one file that are looked at. */
const MOST_LINES = 20;

interface Hit {
  readonly path: string;
  readonly lines: number[];
}

/**
 * Excerpts of the files of HEAD that hold all of these words, or all but one, at most eight. Words are data: fixed strings, in
 * any case. Objects are read, the work tree is not. Throws NOT_A_REPOSITORY; empty before the first commit.
 */
export async function searchCode(
  folder: string,
  { repo, words }: { readonly repo: string; readonly words: readonly string[] },
): Promise<CodeExcerpt[]> {
  await requireRepository(folder);
  const wanted = [...new Set(words.map((word) => word.toLowerCase()))].filter(isSearchable).slice(0, MOST_WORDS);
  const commit = await resolveRevision(folder, 'HEAD').catch(() => undefined);
  if (commit === undefined || wanted.length < 2) return [];
  const hits = await hitsFor(folder, commit, wanted);
  const excerpts = await Promise.all(hits.slice(0, MOST_FILES).map((hit) => excerptOf(folder, commit, repo, hit)));
  return excerpts.flatMap((excerpt) => excerpt ?? []);
}

function isSearchable(word: string): boolean {
  return word.length >= 2 && !/\p{Cc}/u.test(word);
}

async function hitsFor(folder: string, commit: string, words: readonly string[]): Promise<Hit[]> {
  const all = await grep(folder, commit, words);
  if (all.length > 0 || words.length < 3) return all;
  const withoutOne = words.map((_, index) => words.filter((__, other) => other !== index));
  for (const some of withoutOne.toReversed()) {
    const hits = await grep(folder, commit, some);
    if (hits.length > 0) return hits;
  }
  return [];
}

/** Files in which each of the words stands somewhere. Exit code 1 says that there is none. */
async function grep(folder: string, commit: string, words: readonly string[]): Promise<Hit[]> {
  const patterns = words.flatMap((word) => ['-e', word]);
  const options = ['--no-color', '--no-textconv', '-z', '-n', '-I', '-i', '-F', '--full-name', '--all-match'];
  const { code, stdout } = await runGit(folder, ['grep', ...options, ...patterns, commit, '--', ':/']);
  return code === 0 ? toHits(stdout, commit) : [];
}

function toHits(stdout: Buffer, commit: string): Hit[] {
  const byPath = new Map<string, number[]>();
  for (const row of stdout.toString('utf8').split('\n')) {
    const [name = '', rest = ''] = row.split('\0');
    const line = /^\d+/.exec(rest)?.[0];
    const path = name.slice(commit.length + 1);
    if (!name.startsWith(`${commit}:`) || line === undefined || path.includes('\uFFFD')) continue;
    const lines = byPath.get(path) ?? [];
    if (lines.length < MOST_LINES) byPath.set(path, [...lines, Number(line)]);
  }
  const hits = [...byPath].map(([path, lines]) => ({ path, lines }));
  return hits.sort((a, b) => b.lines.length - a.lines.length);
}

async function excerptOf(folder: string, commit: string, repo: string, hit: Hit): Promise<CodeExcerpt | undefined> {
  const object = `${commit}:${hit.path}`;
  const [size = Number.POSITIVE_INFINITY] = (await blobSizes(folder, [object])).values();
  if (size > MAX_FILE_BYTES) return undefined;
  const text = decodeUtf8(await gitOutput(folder, ['cat-file', 'blob', object]));
  if (text === undefined) return undefined;
  const start = Math.max(1, densest(hit.lines) - LINES_AROUND / 2);
  const lines = text.split('\n').slice(start - 1, start - 1 + 2 * LINES_AROUND);
  return { repo, path: hit.path, line: start, text: lines.join('\n') };
}

/** The line from which on the most matching lines stand close together. */
function densest(lines: readonly number[]): number {
  const near = (line: number): number => lines.filter((other) => other >= line && other < line + LINES_AROUND).length;
  return lines.toSorted((a, b) => near(b) - near(a) || a - b)[0] ?? 1;
}
