import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { type Env, refuse, repoAt, threadAt } from './answers.ts';
import { toIssueComment, toReview, toReviewComment } from './comment-shapes.ts';
import type { Conversation, LineComment } from './conversation.ts';
import type { RepoState, State, StoredReview, Thread } from './state.ts';

/** Longest body of any comment, in characters. */
const BODY_LIMIT = 65_536;
const STATES = { COMMENT: 'COMMENTED', APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED' } as const;

const ReviewBody = z.object({
  commit_id: z.string().optional(),
  body: z.string().default(''),
  event: z.enum(['COMMENT', 'APPROVE', 'REQUEST_CHANGES']),
  comments: z
    .array(
      z.object({
        path: z.string(),
        line: z.number().int(),
        side: z.enum(['LEFT', 'RIGHT']).optional(),
        start_line: z.number().int().optional(),
        start_side: z.enum(['LEFT', 'RIGHT']).optional(),
        body: z.string().min(1),
      }),
    )
    .default([]),
});
const CommentBody = z.object({ body: z.string().min(1) });
const NewComment = CommentBody.extend({
  commit_id: z.string(),
  path: z.string(),
  line: z.number().int().optional(),
  side: z.enum(['LEFT', 'RIGHT']).optional(),
  subject_type: z.enum(['line', 'file']).default('line'),
});

/** The writing half of the REST API; everything is written by `bot`. */
export function addWrites(app: Hono<Env>, state: State, conversation: Conversation, bot: string): void {
  type Write = (c: Context<Env>, repo: RepoState, thread: Thread) => Response | Promise<Response>;
  const onPull = (path: string, answer: Write): void => {
    app.post(`/repos/:owner/:repo${path}`, (c) => {
      const repo = repoAt(c, state);
      const thread = threadAt(c, repo);
      return repo === undefined || thread === undefined ? refuse(c, 404, 'Not Found') : answer(c, repo, thread);
    });
  };
  onPull('/pulls/:n/reviews', (c, repo, thread) => postReview(c, { state, conversation, bot, repo, thread }));
  onPull('/pulls/:n/comments/:comment/replies', async (c, repo, thread) => {
    const parent = thread.reviewComments.find((comment) => comment.id === Number(c.req.param('comment')));
    if (parent === undefined) return refuse(c, 404, 'Not Found');
    if (parent.inReplyTo !== undefined)
      return refuse(c, 422, 'Validation Failed', ['Can only reply to top-level comments']);
    const body = await readComment(c);
    if (body instanceof Response) return body;
    const reply = await conversation.reply(repo, thread, parent, bot, body);
    return c.json(toReviewComment(state, repo, thread.pull.number, reply), 201);
  });
  onPull('/pulls/:n/comments', (c, repo, thread) => postLineComment(c, { state, conversation, bot, repo, thread }));
  onPull('/issues/:n/comments', async (c, repo, thread) => {
    const body = await readComment(c);
    if (body instanceof Response) return body;
    const comment = conversation.issueComment(repo, thread, bot, body);
    return c.json(toIssueComment(state, repo, thread.pull.number, comment), 201);
  });
  app.patch('/repos/:owner/:repo/issues/comments/:comment', (c) => patchIssueComment(c, state, conversation, bot));
}

async function readJson(c: Context<Env>): Promise<unknown> {
  return c.req.json().catch(() => undefined);
}

async function readComment(c: Context<Env>): Promise<string | Response> {
  const parsed = CommentBody.safeParse(await readJson(c));
  if (!parsed.success) return refuse(c, 422, 'Validation Failed', [{ code: 'missing_field', field: 'body' }]);
  return tooLong(c, [parsed.data.body]) ?? parsed.data.body;
}

function tooLong(c: Context<Env>, bodies: readonly string[]): Response | undefined {
  if (bodies.every((body) => body.length <= BODY_LIMIT)) return undefined;
  const error = { code: 'custom', field: 'body', message: `body is too long (maximum is ${BODY_LIMIT} characters)` };
  return refuse(c, 422, 'Validation Failed', [error]);
}

interface ReviewWrite {
  readonly state: State;
  readonly conversation: Conversation;
  readonly bot: string;
  readonly repo: RepoState;
  readonly thread: Thread;
}

async function postReview(c: Context<Env>, write: ReviewWrite): Promise<Response> {
  const parsed = ReviewBody.safeParse(await readJson(c));
  if (!parsed.success)
    return refuse(
      c,
      422,
      'Unprocessable Entity',
      parsed.error.issues.map((issue) => issue.message),
    );
  const { body, comments: wanted, commit_id: commit, event } = parsed.data;
  if (body === '' && event !== 'APPROVE' && wanted.length === 0)
    return refuse(c, 422, 'Unprocessable Entity', ["Body can't be blank"]);
  const long = tooLong(c, [body, ...wanted.map((comment) => comment.body)]);
  if (long !== undefined) return long;
  if (commit !== undefined && !(await isPart(write, commit))) {
    return refuse(c, 422, 'Unprocessable Entity', ['No commit found for SHA: '.concat(commit)]);
  }
  const comments = wanted.map(({ path, line, side, start_line: startLine, body: text }) => ({
    path,
    line,
    side,
    startLine,
    body: text,
  }));
  return storeReview(c, write, body, comments, STATES[event]);
}

/** A commit that a force push took away is refused like one that never was. */
async function isPart({ repo, thread }: ReviewWrite, commit: string): Promise<boolean> {
  const id = await repo.git.resolve(commit);
  return id !== undefined && (await repo.git.mergeBase(id, thread.pull.headSha).catch(() => '')) === id;
}

async function storeReview(
  c: Context<Env>,
  { state, conversation, bot, repo, thread }: ReviewWrite,
  body: string,
  comments: readonly LineComment[],
  verdict: StoredReview['state'],
): Promise<Response> {
  const refusals = await Promise.all(comments.map((comment) => conversation.refusal(repo, thread, comment)));
  const errors = refusals.filter((refusal) => refusal !== undefined);
  // One bad line refuses the whole review.
  if (errors.length > 0) return refuse(c, 422, 'Unprocessable Entity', errors);
  const review = await conversation.submitReview(repo, thread, { author: bot, body, state: verdict, comments });
  return c.json(toReview(state, repo, thread.pull.number, review, 'api'));
}

/** A comment of its own, on a line or on a whole file; GitHub files it under a review without text. */
async function postLineComment(c: Context<Env>, write: ReviewWrite): Promise<Response> {
  const { state, conversation, bot, repo, thread } = write;
  const parsed = NewComment.safeParse(await readJson(c));
  if (!parsed.success) return refuse(c, 422, 'Validation Failed', parsed.error.issues);
  const { body, path, line, side, commit_id: commit, subject_type: subject } = parsed.data;
  if (subject === 'line' && line === undefined) return refuse(c, 422, 'Validation Failed', ['line is missing']);
  if (!(await isPart(write, commit)))
    return refuse(c, 422, 'Validation Failed', ['commit_id is not part of the pull request']);
  const comment = { path, body, side, line: subject === 'file' ? undefined : line };
  const refusal = await conversation.refusal(repo, thread, comment);
  if (refusal !== undefined) return refuse(c, 422, 'Validation Failed', [{ field: 'path', message: refusal }]);
  const long = tooLong(c, [body]);
  if (long !== undefined) return long;
  const single = { author: bot, body: '', state: 'COMMENTED' as const, comments: [comment] };
  const review = await conversation.submitReview(repo, thread, single);
  const [stored] = thread.reviewComments.filter(({ reviewId }) => reviewId === review.id);
  return stored === undefined
    ? refuse(c, 500, 'Server Error')
    : c.json(toReviewComment(state, repo, thread.pull.number, stored), 201);
}

async function patchIssueComment(
  c: Context<Env>,
  state: State,
  conversation: Conversation,
  bot: string,
): Promise<Response> {
  const repo = repoAt(c, state);
  const id = Number(c.req.param('comment'));
  const thread = [...(repo?.threads.values() ?? [])].find((one) =>
    one.issueComments.some((comment) => comment.id === id),
  );
  const comment = thread?.issueComments.find((one) => one.id === id);
  if (repo === undefined || thread === undefined || comment === undefined) return refuse(c, 404, 'Not Found');
  if (comment.author !== bot) return refuse(c, 403, 'Resource not accessible by integration');
  const body = await readComment(c);
  if (body instanceof Response) return body;
  conversation.editIssueComment(repo, thread, comment, bot, body);
  return c.json(toIssueComment(state, repo, thread.pull.number, comment));
}
