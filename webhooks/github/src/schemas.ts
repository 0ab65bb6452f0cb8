import { z } from 'zod';

// Payloads narrowed to the fields that the system reads; whatever else GitHub sends or adds later passes by.

/** A deleted account is null in GitHub's payloads and shown as the user "ghost". */
const GHOST = { login: 'ghost', type: 'User' };
export const User = z
  .object({ login: z.string().min(1), type: z.string().optional() })
  .nullish()
  .transform((user) => user ?? GHOST);
export const Repository = z.object({ full_name: z.string().min(3) });
const Association = z.string().default('NONE');
export const Id = z.number().int().positive();
export const Moment = z.iso.datetime({ offset: true });

const PullRequest = z.object({
  number: Id,
  title: z.string(),
  user: User,
  draft: z.boolean().default(false),
  base: z.object({ sha: z.string() }),
  head: z.object({ sha: z.string() }),
});

export const PULL_REQUEST_ACTIONS = ['opened', 'synchronize', 'reopened', 'ready_for_review', 'closed'] as const;
export const COMMENT_ACTIONS = ['created', 'edited', 'deleted'] as const;

export const PullRequestPayload = z.object({
  action: z.enum(PULL_REQUEST_ACTIONS),
  pull_request: PullRequest.extend({ merged: z.boolean().nullish() }),
  repository: Repository,
  sender: User,
});

const Comment = z.object({
  id: Id,
  user: User,
  author_association: Association,
  body: z
    .string()
    .nullish()
    .transform((body) => body ?? ''),
  html_url: z.string(),
  created_at: Moment,
  updated_at: Moment.optional(),
});

export const IssueCommentPayload = z.object({
  action: z.enum(COMMENT_ACTIONS),
  issue: z.object({ number: Id, pull_request: z.object({}).nullish() }),
  comment: Comment,
  repository: Repository,
  sender: User,
});

export const ReviewCommentPayload = z.object({
  action: z.enum(COMMENT_ACTIONS),
  comment: Comment.extend({
    in_reply_to_id: Id.nullish(),
    path: z.string(),
    /** Null when the diff no longer holds the line, absent in old payloads. */
    line: z.number().int().nullish(),
    original_line: z.number().int().nullish(),
  }),
  pull_request: PullRequest.pick({ number: true }),
  repository: Repository,
  sender: User,
});

export const ReviewPayload = z.object({
  action: z.literal('submitted'),
  review: Comment.omit({ created_at: true, updated_at: true }).extend({
    state: z.string(),
    commit_id: z.string().nullish(),
    submitted_at: Moment.nullish(),
  }),
  pull_request: PullRequest.pick({ number: true }),
  repository: Repository,
  sender: User,
});

export const PushPayload = z.object({
  ref: z.string(),
  before: z.string(),
  after: z.string(),
  deleted: z.boolean().default(false),
  repository: Repository,
  pusher: z.object({ name: z.string() }),
  sender: User.optional(),
  commits: z
    .array(
      z.object({
        id: z.string(),
        message: z.string(),
        added: z.array(z.string()).default([]),
        removed: z.array(z.string()).default([]),
        modified: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
