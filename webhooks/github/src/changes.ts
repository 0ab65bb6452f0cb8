import type { ChangedFile, ChangeSet, Hunk, SkippedFile } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import type { PullRequestInfo, PullRequestRef } from '@continuum/contract/ports/code-host';
import { parseFilePatch } from '@continuum/review/patch';
import type { Octokit } from 'octokit';
import { ownerAndName } from './clients.ts';
import { isStatus } from './failures.ts';

/** Longest file that is read, in bytes. */
const MAX_FILE_BYTES = 1_000_000;
/** Most files whose content is fetched, one request each. */
const MAX_FILES = 500;
/** Requests in flight at once. */
const CONCURRENCY = 6;
const EMPTY_BLOB = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

export type ListedFile = Awaited<ReturnType<Octokit['rest']['pulls']['listFiles']>>['data'][number];

/** The pull request as the port describes it. */
export async function readPullRequest(octokit: Octokit, { repo, pr }: PullRequestRef): Promise<PullRequestInfo> {
  const { data } = await octokit.rest.pulls.get({ ...ownerAndName(repo), pull_number: pr });
  return {
    repo,
    pr,
    title: data.title,
    body: data.body ?? '',
    // A deleted account is null in the answer, whatever the types say.
    author: data.user?.login ?? 'ghost',
    draft: data.draft ?? false,
    state: data.state === 'open' ? 'open' : 'closed',
    baseRef: data.base.ref,
    headRef: data.head.ref,
    baseSha: data.base.sha,
    headSha: data.head.sha,
    // A fork that was deleted is null in the answer, whatever the types say.
    fork: data.head.repo?.id !== data.base.repo.id,
    labels: data.labels.map(({ name }) => name),
  };
}

/** Every entry of the file list; GitHub stops at 3,000. */
export async function listFiles(octokit: Octokit, { repo, pr }: PullRequestRef): Promise<ListedFile[]> {
  const where = { ...ownerAndName(repo), pull_number: pr, per_page: 100 };
  return octokit.paginate(octokit.rest.pulls.listFiles, where);
}

/** The change set of a pull request: hunks from the file list, contents from blobs at the head. */
export async function readChangeSet(octokit: Octokit, ref: PullRequestRef): Promise<ChangeSet> {
  const [info, listed] = await Promise.all([readPullRequest(octokit, ref), listFiles(octokit, ref)]);
  const results = await mapLimited(listed, CONCURRENCY, (file, index) =>
    index < MAX_FILES
      ? readFile(octokit, ref.repo, file)
      : skip(file, 'over-budget', `only ${MAX_FILES} files are read`),
  );
  return {
    repo: ref.repo,
    pr: ref.pr,
    title: info.title,
    author: info.author,
    base: info.baseSha,
    head: info.headSha,
    files: results.filter((result) => 'hunks' in result),
    skipped: results.filter((result) => 'reason' in result),
  };
}

type Outcome = ChangedFile | SkippedFile;

function skip(file: ListedFile, reason: SkippedFile['reason'], detail?: string): SkippedFile {
  return { path: file.filename, reason, ...(detail === undefined ? {} : { detail }) };
}

async function readFile(octokit: Octokit, repo: string, file: ListedFile): Promise<Outcome> {
  const skipped = whySkipped(file);
  if (skipped !== undefined) return skipped;
  const hunks = hunksOf(file);
  if (hunks === undefined) return skip(file, 'too-large', 'GitHub sent a damaged diff');
  const { status } = file;
  if (status === 'removed') return toChangedFile(file, 'deleted', hunks, null);
  const content = await readContent(octokit, repo, file);
  if (typeof content !== 'string') return content;
  if (status === 'added' || status === 'copied') return toChangedFile(file, 'added', hunks, content);
  return toChangedFile(file, status === 'renamed' ? 'renamed' : 'modified', hunks, content);
}

function toChangedFile(
  file: ListedFile,
  status: ChangedFile['status'],
  hunks: Hunk[],
  content: string | null,
): ChangedFile {
  const previous = status === 'renamed' ? file.previous_filename : undefined;
  const from = previous === undefined ? {} : { previousPath: previous };
  return { path: file.filename, ...from, status, hunks, content, complete: true };
}

/** What the list alone can tell. */
function whySkipped(file: ListedFile): SkippedFile | undefined {
  if (file.filename.includes('\uFFFD')) return skip(file, 'unreadable-name', 'the name is not UTF-8');
  if (isSubmodule(file)) return skip(file, 'submodule');
  if (file.patch !== undefined || file.status === 'removed' || file.sha === EMPTY_BLOB) return undefined;
  if (file.changes > 0) return skip(file, 'too-large', 'GitHub shows no diff of this file');
  // A pure rename has nothing to show; its content is still looked at for being binary.
  if (file.status === 'renamed') return undefined;
  return skip(file, 'binary', 'no text diff: binary, a change of mode, or diffs switched off by git attributes');
}

function isSubmodule(file: ListedFile): boolean {
  const lines = (file.patch ?? '').split('\n').slice(1);
  return lines.length > 0 && lines.every((line) => /^[+-]Subproject commit [0-9a-f]{40}(-dirty)?$/.test(line));
}

/** The hunks of an entry; undefined when they do not add up. */
export function hunksOf(file: ListedFile): Hunk[] | undefined {
  if (file.patch === undefined) return [];
  try {
    return parseFilePatch(file.patch);
  } catch (error) {
    if (error instanceof ContinuumError && error.code === 'NOT_A_DIFF') return undefined;
    throw error;
  }
}

async function readContent(octokit: Octokit, repo: string, file: ListedFile): Promise<string | SkippedFile> {
  if (file.sha === EMPTY_BLOB || file.sha === null) return '';
  const blob = await readBlob(octokit, repo, file.sha);
  if (blob === undefined) return skip(file, 'submodule', 'GitHub has no content for this entry');
  if (blob.length > MAX_FILE_BYTES) return skip(file, 'too-large', `${blob.length} bytes`);
  if (blob.includes(0)) return skip(file, 'binary');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(blob);
  } catch {
    return skip(file, 'not-utf8');
  }
}

async function readBlob(octokit: Octokit, repo: string, sha: string): Promise<Buffer | undefined> {
  try {
    const { data } = await octokit.rest.git.getBlob({ ...ownerAndName(repo), file_sha: sha });
    return Buffer.from(data.content, data.encoding === 'base64' ? 'base64' : 'utf8');
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Like `Promise.all` over `items.map`, with at most `limit` calls in flight; stops starting new ones after a failure. */
async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => R | Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      results[index] = await work(item, index);
    }
  };
  const stopOthers = (error: unknown): never => {
    failed = true;
    throw error;
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, () => worker().catch(stopOthers)));
  return results;
}
