import type { z } from 'zod';
import type { COMMENT_ACTIONS, IssueCommentPayload, ReviewCommentPayload, ReviewPayload } from '../schemas.ts';
import { type GithubAuthor, toAuthor } from './author.ts';

export interface CommentEvent {
  readonly kind: 'comment';
  /** Conversation tab or review thread. */
  readonly place: 'issue' | 'review';
  readonly repo: string;
  readonly pr: number;
  readonly action: (typeof COMMENT_ACTIONS)[number];
  readonly externalId: string;
  /** The first comment of the review thread. */
  readonly inReplyToExternalId?: string;
  readonly author: GithubAuthor;
  /** Who did it: on an edit or a deletion not always the author. */
  readonly sender: GithubAuthor;
  /** GitHub's `author_association`, for example `OWNER`, `MEMBER`, `CONTRIBUTOR`, `NONE`. */
  readonly association: string;
  /** Untrusted text. */
  readonly body: string;
  readonly url: string;
  readonly path?: string;
  readonly line?: number;
  /** ISO 8601. */
  readonly at: string;
}

export interface ReviewEvent {
  readonly kind: 'review';
  readonly repo: string;
  readonly pr: number;
  readonly action: 'submitted';
  readonly externalId: string;
  /** `commented`, `approved` or `changes_requested`. */
  readonly state: string;
  readonly author: GithubAuthor;
  readonly association: string;
  /** Untrusted text; empty for the review that GitHub makes around a single comment. */
  readonly body: string;
  readonly url: string;
  readonly at: string | undefined;
}

/** A comment of a pull request's conversation; undefined on a plain issue. */
export function toIssueCommentEvent(payload: z.output<typeof IssueCommentPayload>): CommentEvent | undefined {
  if (payload.issue.pull_request === undefined || payload.issue.pull_request === null) return undefined;
  return { ...toComment(payload), place: 'issue', pr: payload.issue.number };
}

/** A comment on a line; an outdated one keeps the line that it was written on. */
export function toReviewCommentEvent(payload: z.output<typeof ReviewCommentPayload>): CommentEvent {
  const { comment } = payload;
  const line = comment.line ?? comment.original_line;
  return {
    ...toComment(payload),
    place: 'review',
    pr: payload.pull_request.number,
    path: comment.path,
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof comment.in_reply_to_id === 'number' ? { inReplyToExternalId: String(comment.in_reply_to_id) } : {}),
  };
}

/** A submitted review by its own text. */
export function toReviewEvent({ review, pull_request: pull, repository }: z.output<typeof ReviewPayload>): ReviewEvent {
  return {
    kind: 'review',
    repo: repository.full_name,
    pr: pull.number,
    action: 'submitted',
    externalId: String(review.id),
    state: review.state.toLowerCase(),
    author: toAuthor(review.user),
    association: review.author_association,
    body: review.body,
    url: review.html_url,
    at: review.submitted_at ?? undefined,
  };
}

function toComment(
  payload: Pick<z.output<typeof IssueCommentPayload>, 'action' | 'comment' | 'repository' | 'sender'>,
): Omit<CommentEvent, 'place' | 'pr'> {
  const { comment } = payload;
  return {
    kind: 'comment',
    repo: payload.repository.full_name,
    action: payload.action,
    externalId: String(comment.id),
    author: toAuthor(comment.user),
    sender: toAuthor(payload.sender),
    association: comment.author_association,
    body: comment.body,
    url: comment.html_url,
    at: payload.action === 'edited' ? (comment.updated_at ?? comment.created_at) : comment.created_at,
  };
}
