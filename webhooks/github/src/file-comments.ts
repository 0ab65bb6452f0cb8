import type { CodeHost, PublishedComment, ReviewComment } from '@continuum/contract/ports/code-host';
import type { Octokit } from 'octokit';
import { readPullRequest } from './changes.ts';
import type { Clients } from './clients.ts';
import { isStatus } from './failures.ts';
import { endsWithMarker, findingMarker, withMarker } from './markers.ts';
import { ownerAndName } from './names.ts';
import { isOurs } from './ownership.ts';
import { describePlace } from './placement.ts';

type ReviewInput = Parameters<CodeHost['publishReview']>[0];

/**
 * Puts comments whose line is gone on their files, each once, where people can still answer them in a thread. Returns those that
 * GitHub takes on no file.
 */
export async function postOnFiles(
  clients: Clients,
  octokit: Octokit,
  input: ReviewInput,
  comments: readonly ReviewComment[],
  paths: ReadonlySet<string>,
): Promise<readonly ReviewComment[]> {
  const onDiff = comments.filter(({ path }) => paths.has(path));
  const there = new Set((await findFileComments(clients, octokit, input, onDiff)).map(({ findingId }) => findingId));
  const missing = onDiff.filter(({ findingId }) => !there.has(findingId));
  // A force push may have taken away the commit that was reviewed.
  const head = missing.length === 0 ? input.commit : (await readPullRequest(octokit, input)).headSha;
  for (const comment of missing) if (await postOnFile(octokit, input, comment, head)) there.add(comment.findingId);
  return comments.filter(({ findingId }) => !there.has(findingId));
}

/** The comments of findings that stand on a file already. */
export async function findFileComments(
  clients: Clients,
  octokit: Octokit,
  { repo, pr }: ReviewInput,
  comments: readonly ReviewComment[],
): Promise<PublishedComment[]> {
  if (comments.length === 0) return [];
  const where = { ...ownerAndName(repo), pull_number: pr, per_page: 100 };
  const all = await octokit.paginate(octokit.rest.pulls.listReviewComments, where);
  const found: PublishedComment[] = [];
  for (const { findingId } of comments) {
    const marked = all.filter(({ body }) => endsWithMarker(body, findingMarker(findingId)));
    for (const one of marked) {
      if (!(await isOurs(clients, one.user))) continue;
      found.push({ findingId, externalId: String(one.id), url: one.html_url });
      break;
    }
  }
  return found;
}

/** False when GitHub refuses it, because the file left the diff meanwhile. */
async function postOnFile(
  octokit: Octokit,
  input: ReviewInput,
  comment: ReviewComment,
  head: string,
): Promise<boolean> {
  const where = { ...ownerAndName(input.repo), pull_number: input.pr, commit_id: head };
  const body = withMarker(describePlace(comment), findingMarker(comment.findingId));
  try {
    await octokit.rest.pulls.createReviewComment({ ...where, path: comment.path, body, subject_type: 'file' });
    return true;
  } catch (error) {
    if (isStatus(error, 422)) return false;
    throw error;
  }
}
