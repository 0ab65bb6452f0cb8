import { basename } from 'node:path';
import {
  type ChangedFile,
  type ChangeSet,
  type Hunk,
  RepoName,
  type SkippedFile,
} from '@continuum/contract/change-set';
import { parsePatch } from '@continuum/review/patch';
import { blobSizes, readBlobs } from './blobs.ts';
import { commitAbout, mergeBase, originUrl, requireRepository, resolveRevision, topFolder } from './revisions.ts';
import { decodeUtf8, listTreeChanges, readPatch, type TreeChange } from './tree-changes.ts';

const MAX_FILE_BYTES = 1_000_000;
/** As git decides it: a NUL among the first bytes. */
const BINARY_PROBE_BYTES = 8_000;
/** Paths handed to git as arguments, well under the system's limit. */
const MAX_EXCLUDED_CHARACTERS = 100_000;

export interface Range {
  /** A revision; with `...` at its end the merge base of it and `head`. */
  readonly base: string;
  readonly head: string;
}

/** `a..b`, `a...b` (from the merge base) or `a` alone (`a..HEAD`); an empty side is HEAD. */
export function parseRange(text: string): Range {
  const found = /^(.*?)(\.{2,3})(?!\.)(.*)$/s.exec(text.trim());
  if (found === null) return { base: text.trim() || 'HEAD', head: 'HEAD' };
  const [, base = '', dots, head = ''] = found;
  return { base: `${base || 'HEAD'}${dots === '...' ? '...' : ''}`, head: head || 'HEAD' };
}

/**
 * The change between two revisions of a local repository. Reads objects only: no hook, filter, text conversion,
 * external diff or attribute of the repository takes part, and the work tree is not looked at. Files that cannot be
 * reviewed are named in `skipped`. Throws NOT_A_REPOSITORY, UNKNOWN_REVISION, PAYLOAD_TOO_LARGE, ABORTED.
 */
export async function rangeChangeSet(
  range: Range & { readonly folder: string; readonly name?: string },
): Promise<ChangeSet> {
  const { folder } = range;
  await requireRepository(folder);
  const { base, head } = await resolveRange(folder, range);
  const [changes, about, repo] = await Promise.all([
    listTreeChanges(folder, base, head),
    commitAbout(folder, head),
    range.name ?? repoName(folder),
  ]);
  const { title, author } = about;
  const contents = await readContents(folder, base, head, changes);
  return { repo, title, ...(author === undefined ? {} : { author }), base, head, ...contents };
}

/** `owner/name` of the remote `origin`, or `local/<folder>`. Throws NOT_A_REPOSITORY. */
export async function repoName(folder: string): Promise<string> {
  await requireRepository(folder);
  const url = (await originUrl(folder)) ?? '';
  const remote = /^(?:(?!file:)[a-z+]+:\/\/[^/]+\/|(?:[^@/:]+@)?[^/:]{2,}:)(.+?)\/*$/i.exec(url)?.[1];
  const named = remote
    ?.replace(/\.git$/, '')
    .split('/')
    .slice(-2)
    .join('/');
  if (RepoName.safeParse(named).success && named !== undefined) return named;
  const local = basename(await topFolder(folder)).replace(/[^\w.-]+/g, '-');
  return `local/${local || 'repository'}`;
}

async function resolveRange(folder: string, { base, head }: Range): Promise<Range> {
  const fromMergeBase = base.endsWith('...');
  const [one, other] = await Promise.all([
    resolveRevision(folder, fromMergeBase ? base.slice(0, -3) : base),
    resolveRevision(folder, head),
  ]);
  return { base: fromMergeBase ? await mergeBase(folder, one, other) : one, head: other };
}

async function readContents(
  folder: string,
  base: string,
  head: string,
  changes: readonly TreeChange[],
): Promise<Pick<ChangeSet, 'files' | 'skipped'>> {
  const sizes = await blobSizes(
    folder,
    changes.filter(isFile).map(({ blob }) => blob),
  );
  const small = changes.filter((change) => whySkipped(change, sizes) === undefined);
  const blobs = await readBlobs(
    folder,
    small.map(({ blob }) => blob),
  );
  const reasons = new Map(
    changes.map((change) => [change, whySkipped(change, sizes) ?? whyUnreadable(blobs.get(change.blob))]),
  );
  const skipped = changes.flatMap((change) => named(change, reasons.get(change)));
  const wanted = changes.filter((change) => reasons.get(change) === undefined);
  const hunks = wanted.length === 0 ? new Map() : await readHunks(folder, base, head, excludable(skipped));
  return { files: wanted.flatMap((change) => toChangedFile(change, blobs, hunks)), skipped };
}

function isFile({ mode }: TreeChange): boolean {
  return mode.startsWith('100');
}

type Skip = Omit<SkippedFile, 'path'>;

function whySkipped(change: TreeChange, sizes: ReadonlyMap<string, number>): Skip | undefined {
  if (change.path === undefined) return { reason: 'unreadable-name', detail: 'the name is not UTF-8' };
  if (change.mode === '160000') return { reason: 'submodule' };
  if (change.mode === '120000') return { reason: 'ignored', detail: 'a symbolic link' };
  const size = sizes.get(change.blob);
  if (size === undefined) return { reason: 'ignored', detail: 'this clone does not have its content' };
  if (size > MAX_FILE_BYTES) return { reason: 'too-large', detail: `${size} bytes` };
  return undefined;
}

function whyUnreadable(bytes: Buffer | undefined): Skip | undefined {
  if (bytes?.subarray(0, BINARY_PROBE_BYTES).includes(0)) return { reason: 'binary' };
  return bytes !== undefined && decodeUtf8(bytes) === undefined ? { reason: 'not-utf8' } : undefined;
}

function named(change: TreeChange, skip: Skip | undefined): SkippedFile[] {
  return skip === undefined ? [] : [{ path: change.path ?? change.shownPath, ...skip }];
}

/** Skipped paths that git need not diff; too many of them are diffed after all and their hunks not used. */
function excludable(skipped: readonly SkippedFile[]): string[] {
  const paths = skipped.filter(({ reason }) => reason !== 'unreadable-name').map(({ path }) => path);
  return paths.join('').length > MAX_EXCLUDED_CHARACTERS ? [] : paths;
}

async function readHunks(
  folder: string,
  base: string,
  head: string,
  without: readonly string[],
): Promise<Map<string, Hunk[]>> {
  const patch = await readPatch(folder, base, head, without);
  if (patch === '') return new Map();
  return new Map(parsePatch(patch, { repo: 'local/range' }).files.map(({ path, hunks }) => [path, hunks]));
}

function toChangedFile(
  { path, previousPath, status, blob }: TreeChange,
  blobs: ReadonlyMap<string, Buffer>,
  hunks: ReadonlyMap<string, Hunk[]>,
): ChangedFile[] {
  if (path === undefined) return [];
  const content = status === 'deleted' ? null : (blobs.get(blob)?.toString('utf8') ?? '');
  const moved = previousPath === undefined ? {} : { previousPath };
  return [{ path, ...moved, status, hunks: hunks.get(path) ?? [], content, complete: true }];
}
