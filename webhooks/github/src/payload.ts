import type { z } from 'zod';
import {
  type COMMENT_ACTIONS,
  IssueCommentPayload,
  type PULL_REQUEST_ACTIONS,
  PullRequestPayload,
  PushPayload,
  ReviewCommentPayload,
  ReviewPayload,
  type User,
} from './schemas.ts';

export interface GithubAuthor {
  /** The login. */
  readonly id: string;
  readonly kind: 'person' | 'bot';
}

export interface PullRequestEvent {
  readonly kind: 'pull_request';
  readonly repo: string;
  readonly pr: number;
  readonly action: (typeof PULL_REQUEST_ACTIONS)[number];
  readonly title: string;
  readonly author: GithubAuthor;
  readonly draft: boolean;
  readonly merged: boolean;
  readonly baseSha: string;
  readonly headSha: string;
  readonly sender: GithubAuthor;
}

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

export interface PushEvent {
  readonly kind: 'push';
  readonly repo: string;
  /** `refs/heads/main`. */
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly deleted: boolean;
  readonly pusher: string;
  /** Paths added, changed or removed by the commits, sorted, without repeats. */
  readonly paths: readonly string[];
}

export type GithubEvent = PullRequestEvent | CommentEvent | ReviewEvent | PushEvent;

/**
 * A verified payload as the few facts the system acts on; undefined for events and actions nobody handles, for comments on
 * plain issues, and for a payload that lacks what its event always has.
 */
export function parseGithubEvent(event: string, payload: unknown): GithubEvent | undefined {
  return PARSERS.get(event)?.(payload);
}

type Parser = (payload: unknown) => GithubEvent | undefined;

const PARSERS: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['pull_request', (payload) => read(PullRequestPayload, payload, toPullRequestEvent)],
  ['issue_comment', (payload) => read(IssueCommentPayload, payload, toIssueCommentEvent)],
  ['pull_request_review_comment', (payload) => read(ReviewCommentPayload, payload, toReviewCommentEvent)],
  ['pull_request_review', (payload) => read(ReviewPayload, payload, toReviewEvent)],
  ['push', (payload) => read(PushPayload, payload, toPushEvent)],
]);

function read<S extends z.ZodType, R>(schema: S, payload: unknown, to: (value: z.output<S>) => R): R | undefined {
  const parsed = schema.safeParse(payload);
  return parsed.success ? to(parsed.data) : undefined;
}

function toAuthor(user: z.output<typeof User>): GithubAuthor {
  return { id: user.login, kind: user.type === 'Bot' || user.login.endsWith('[bot]') ? 'bot' : 'person' };
}

function toPullRequestEvent(payload: z.output<typeof PullRequestPayload>): PullRequestEvent {
  const { pull_request: pull } = payload;
  return {
    kind: 'pull_request',
    repo: payload.repository.full_name,
    pr: pull.number,
    action: payload.action,
    title: pull.title,
    author: toAuthor(pull.user),
    draft: pull.draft,
    merged: pull.merged ?? false,
    baseSha: pull.base.sha,
    headSha: pull.head.sha,
    sender: toAuthor(payload.sender),
  };
}

function toIssueCommentEvent(payload: z.output<typeof IssueCommentPayload>): CommentEvent | undefined {
  if (payload.issue.pull_request === undefined || payload.issue.pull_request === null) return undefined;
  return { ...toComment(payload), place: 'issue', pr: payload.issue.number };
}

function toReviewCommentEvent(payload: z.output<typeof ReviewCommentPayload>): CommentEvent {
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

function toReviewEvent({ review, pull_request: pull, repository }: z.output<typeof ReviewPayload>): ReviewEvent {
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

function toPushEvent(payload: z.output<typeof PushPayload>): PushEvent {
  const paths = payload.commits.flatMap((commit) => [...commit.added, ...commit.removed, ...commit.modified]);
  return {
    kind: 'push',
    repo: payload.repository.full_name,
    ref: payload.ref,
    before: payload.before,
    after: payload.after,
    deleted: payload.deleted,
    pusher: payload.pusher.name,
    paths: [...new Set(paths)].sort(),
  };
}
