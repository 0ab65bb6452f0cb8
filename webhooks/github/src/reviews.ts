import type { CodeHost, PublishedComment, ReviewComment } from '@continuum/contract/ports/code-host';
import type { Octokit } from 'octokit';
import { listFiles } from './changes.ts';
import type { Clients } from './clients.ts';
import { isStatus } from './failures.ts';
import { findFileComments, postOnFiles } from './file-comments.ts';
import { endsWithMarker, findingMarker, keyMarker, withMarker } from './markers.ts';
import { ownerAndName } from './names.ts';
import { isOurs } from './ownership.ts';
import { hunksByPath, type Placement, place, reviewText } from './placement.ts';

type ReviewInput = Parameters<CodeHost['publishReview']>[0];
type Published = Awaited<ReturnType<CodeHost['publishReview']>>;

interface PostedReview {
  readonly id: number;
  readonly body: string;
  readonly html_url: string;
}

/**
 * One review under its key: found again when it exists, posted otherwise, its comments tied to their findings. Comments on files
 * come before it, so that what GitHub takes nowhere else can still go into its body.
 */
export async function publishReview(clients: Clients, input: ReviewInput): Promise<Published> {
  const octokit = await clients.for(input.repo);
  const found = await findReview(clients, octokit, input);
  const review = found ?? (await postReview(clients, octokit, input));
  const inline = await readComments(octokit, input, review);
  const onFiles = await findFileComments(clients, octokit, input, without(input.comments, inline));
  const inBody = without(input.comments, [...inline, ...onFiles]);
  return {
    externalId: String(review.id),
    comments: [...inline, ...onFiles, ...inBody.flatMap((one) => inReviewBody(one, review))],
  };
}

function without(comments: readonly ReviewComment[], published: readonly PublishedComment[]): readonly ReviewComment[] {
  const known = new Set(published.map(({ findingId }) => findingId));
  return comments.filter(({ findingId }) => !known.has(findingId));
}

async function findReview(clients: Clients, octokit: Octokit, input: ReviewInput): Promise<PostedReview | undefined> {
  const marker = keyMarker(input.key);
  const where = { ...ownerAndName(input.repo), pull_number: input.pr, per_page: 100 };
  const reviews = await octokit.paginate(octokit.rest.pulls.listReviews, where);
  const marked = reviews.filter((review) => endsWithMarker(review.body, marker));
  for (const review of marked) if (await isOurs(clients, review.user)) return review;
  return undefined;
}

/**
 * GitHub refuses a whole review for one bad line, so less is asked each time it answers 422: ranges and suggestions,
 * then single lines, then everything on its file or in the review's body.
 */
async function postReview(clients: Clients, octokit: Octokit, input: ReviewInput): Promise<PostedReview> {
  const files = input.comments.length === 0 ? [] : await listFiles(octokit, input);
  const hunks = hunksByPath(files);
  const paths = new Set(files.map(({ filename }) => filename));
  for (const ambition of ['ranges', 'lines'] as const) {
    const { inline, elsewhere } = place(input.comments, hunks, ambition);
    if (inline.length === 0) break;
    const left = await postOnFiles(clients, octokit, input, elsewhere, paths);
    const posted = await tryReview(octokit, input, { inline, elsewhere: left });
    if (posted !== undefined) return posted;
  }
  const left = await postOnFiles(clients, octokit, input, input.comments, paths);
  const { data } = await sendReview(octokit, input, { inline: [], elsewhere: left });
  return data;
}

async function tryReview(
  octokit: Octokit,
  input: ReviewInput,
  placement: Placement,
): Promise<PostedReview | undefined> {
  try {
    return (await sendReview(octokit, input, placement)).data;
  } catch (error) {
    if (isStatus(error, 422)) return undefined;
    throw error;
  }
}

function sendReview(octokit: Octokit, input: ReviewInput, { inline, elsewhere }: Placement) {
  // Without inline comments the commit does not matter, and one that a force push removed would be refused.
  const commit = inline.length === 0 ? {} : { commit_id: input.commit };
  return octokit.rest.pulls.createReview({
    ...ownerAndName(input.repo),
    pull_number: input.pr,
    event: 'COMMENT',
    body: withMarker(reviewText(input.body, elsewhere), keyMarker(input.key)),
    comments: inline,
    ...commit,
  });
}

async function readComments(octokit: Octokit, input: ReviewInput, review: PostedReview): Promise<PublishedComment[]> {
  if (input.comments.length === 0) return [];
  const where = { ...ownerAndName(input.repo), pull_number: input.pr, review_id: review.id, per_page: 100 };
  const comments = await octokit.paginate(octokit.rest.pulls.listCommentsForReview, where);
  return input.comments.flatMap(({ findingId }) => {
    const found = comments.find((comment) => endsWithMarker(comment.body, findingMarker(findingId)));
    return found === undefined ? [] : [{ findingId, externalId: String(found.id), url: found.html_url }];
  });
}

/** A finding that stands in the review's body is linked to the review; nobody can answer it in a thread. */
function inReviewBody({ findingId }: ReviewComment, review: PostedReview): PublishedComment[] {
  const inside = review.body.includes(findingMarker(findingId));
  return inside ? [{ findingId, externalId: `review:${review.id}`, url: review.html_url }] : [];
}
