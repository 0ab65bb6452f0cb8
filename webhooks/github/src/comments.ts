import type { CodeHost } from '@continuum/contract/ports/code-host';
import type { Octokit } from 'octokit';
import type { Clients } from './clients.ts';
import { endsWithMarker, keyMarker, SUMMARY_MARKER, withMarker } from './markers.ts';
import { ownerAndName } from './names.ts';
import { isOurs } from './ownership.ts';

type SummaryInput = Parameters<CodeHost['upsertSummary']>[0];
type CommentInput = Parameters<CodeHost['comment']>[0];
type Posted = Awaited<ReturnType<CodeHost['comment']>>;
type Remote = { readonly id: number; readonly html_url: string };
type Where = ReturnType<typeof ownerAndName>;

interface Listed extends Remote {
  readonly body?: string | undefined;
  readonly user: { readonly login: string; readonly type: string } | null;
}

/** The pull request's one summary comment, changed in place only when its text differs. */
export async function upsertSummary(clients: Clients, input: SummaryInput): Promise<Posted> {
  const octokit = await clients.for(input.repo);
  const where = ownerAndName(input.repo);
  const body = withMarker(input.body, SUMMARY_MARKER);
  const existing = await findOwn(clients, await listIssueComments(octokit, where, input.pr), SUMMARY_MARKER);
  if (existing === undefined) return toPosted(await postIssueComment(octokit, where, input.pr, body));
  if (existing.body?.trimEnd() === body) return toPosted(existing);
  const { data } = await octokit.rest.issues.updateComment({ ...where, comment_id: existing.id, body });
  return toPosted(data);
}

/** An answer under its key: in the review thread of `inReplyTo` when it is a review comment, else in the conversation. */
export async function postComment(clients: Clients, input: CommentInput): Promise<Posted> {
  const octokit = await clients.for(input.repo);
  const where = ownerAndName(input.repo);
  const marker = keyMarker(input.key);
  const body = withMarker(input.body, marker);
  if (input.inReplyTo !== undefined) {
    const thread = { ...where, pull_number: input.pr };
    const comments = await octokit.paginate(octokit.rest.pulls.listReviewComments, { ...thread, per_page: 100 });
    const existing = await findOwn(clients, comments, marker);
    if (existing !== undefined) return toPosted(existing);
    const target = comments.find((comment) => String(comment.id) === input.inReplyTo);
    if (target !== undefined) {
      // GitHub takes answers to the first comment of a thread only.
      const top = target.in_reply_to_id ?? target.id;
      return toPosted(
        (await octokit.rest.pulls.createReplyForReviewComment({ ...thread, comment_id: top, body })).data,
      );
    }
  }
  const existing = await findOwn(clients, await listIssueComments(octokit, where, input.pr), marker);
  const posted = toPosted(existing ?? (await postIssueComment(octokit, where, input.pr, body)));
  // Comments of the conversation and of review threads are numbered apart: the same number may name one of each.
  return { ...posted, externalId: `issue:${posted.externalId}` };
}

async function listIssueComments(octokit: Octokit, where: Where, pr: number): Promise<readonly Listed[]> {
  return octokit.paginate(octokit.rest.issues.listComments, { ...where, issue_number: pr, per_page: 100 });
}

async function postIssueComment(octokit: Octokit, where: Where, pr: number, body: string): Promise<Remote> {
  return (await octokit.rest.issues.createComment({ ...where, issue_number: pr, body })).data;
}

async function findOwn(clients: Clients, comments: readonly Listed[], marker: string): Promise<Listed | undefined> {
  const marked = comments.filter((comment) => endsWithMarker(comment.body, marker));
  for (const comment of marked) if (await isOurs(clients, comment.user)) return comment;
  return undefined;
}

function toPosted(comment: Remote): Posted {
  return { externalId: String(comment.id), url: comment.html_url };
}
