import type { z } from 'zod';
import { type GithubAuthor, toAuthor } from './payload/author.ts';
import {
  type CheckRunEvent,
  CheckRunPayload,
  toCheckRunEvent,
  toWorkflowRunEvent,
  type WorkflowRunEvent,
  WorkflowRunPayload,
} from './payload/ci.ts';
import {
  type CommentEvent,
  type ReviewEvent,
  toIssueCommentEvent,
  toReviewCommentEvent,
  toReviewEvent,
} from './payload/comments.ts';
import {
  type InstallationEvent,
  InstallationPayload,
  type InstallationRepositoriesEvent,
  InstallationRepositoriesPayload,
  toInstallationEvent,
  toInstallationRepositoriesEvent,
} from './payload/installations.ts';
import { type IssueEvent, IssuePayload, toIssueEvent } from './payload/issues.ts';
import { type ThreadEvent, ThreadPayload, toThreadEvent } from './payload/threads.ts';
import {
  IssueCommentPayload,
  type PULL_REQUEST_ACTIONS,
  PullRequestPayload,
  PushPayload,
  ReviewCommentPayload,
  ReviewPayload,
} from './schemas.ts';

export type { GithubAuthor } from './payload/author.ts';

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

export type GithubEvent =
  | PullRequestEvent
  | CommentEvent
  | ReviewEvent
  | PushEvent
  | ThreadEvent
  | CheckRunEvent
  | WorkflowRunEvent
  | InstallationEvent
  | InstallationRepositoriesEvent
  | IssueEvent;

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
  ['pull_request_review_thread', (payload) => read(ThreadPayload, payload, toThreadEvent)],
  ['check_run', (payload) => read(CheckRunPayload, payload, toCheckRunEvent)],
  ['workflow_run', (payload) => read(WorkflowRunPayload, payload, toWorkflowRunEvent)],
  ['installation', (payload) => read(InstallationPayload, payload, toInstallationEvent)],
  [
    'installation_repositories',
    (payload) => read(InstallationRepositoriesPayload, payload, toInstallationRepositoriesEvent),
  ],
  ['issues', (payload) => read(IssuePayload, payload, toIssueEvent)],
]);

function read<S extends z.ZodType, R>(schema: S, payload: unknown, to: (value: z.output<S>) => R): R | undefined {
  const parsed = schema.safeParse(payload);
  return parsed.success ? to(parsed.data) : undefined;
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
