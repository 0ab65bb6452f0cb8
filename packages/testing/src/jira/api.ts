import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { type ApiCall, type ApiEnv, recordAndFail } from '../api-server.ts';
import type { Faults } from '../faults.ts';
import { commentShape, issueShape, userShape } from './shapes.ts';
import { type JiraComment, type JiraState, type JiraUser, jiraTime } from './state.ts';

export interface JiraApiOptions {
  readonly state: JiraState;
  readonly faults: Faults;
  readonly calls: ApiCall[];
  /** Of the account whose token it is. */
  readonly email: string;
  readonly apiToken: string;
  readonly self: JiraUser;
  readonly onComment: (comment: JiraComment) => void;
}

/** Nodes that Jira takes at the top of a comment. */
const TOP = [
  ...['paragraph', 'heading', 'bulletList', 'orderedList', 'codeBlock', 'blockquote', 'rule', 'table', 'panel'],
  ...['mediaSingle', 'taskList', 'decisionList', 'expand'],
] as const;

/** Jira refuses documents that are not well formed: unknown nodes, empty texts, marks that exclude each other. */
const Mark = z.looseObject({ type: z.enum(['strong', 'em', 'strike', 'code', 'link', 'underline']) });
const Node: z.ZodType<unknown> = z.lazy(() =>
  z.looseObject({
    type: z.string().min(1),
    text: z.string().min(1).optional(),
    marks: z.array(Mark).refine(isPossible, 'INVALID_INPUT').optional(),
    content: z.array(Node).optional(),
  }),
);
const Top = z.looseObject({ type: z.enum(TOP) }).and(Node);
const NewComment = z.object({
  body: z.object({ type: z.literal('doc'), version: z.literal(1), content: z.array(Top).min(1) }),
});

function isPossible(marks: readonly { readonly type: string }[]): boolean {
  const isCode = marks.some(({ type }) => type === 'code');
  return !isCode || marks.every(({ type }) => type === 'code' || type === 'link');
}

/** The part of Jira's REST API, version 3, that a tracker needs. */
export function createApi(options: JiraApiOptions): Hono<ApiEnv> {
  const { state } = options;
  const app = new Hono<ApiEnv>();
  app.use(recordAndFail(options.calls, options.faults));
  const wanted = `Basic ${Buffer.from(`${options.email}:${options.apiToken}`).toString('base64')}`;
  app.use('/rest/*', async (c, next) => {
    if (c.req.header('authorization') !== wanted) return refuse(c, 401, 'Client must be authenticated.');
    await next();
    return undefined;
  });
  app.get('/rest/api/3/myself', (c) => c.json(userShape(options.self, state.url)));
  app.get('/rest/api/3/issue/:key', (c) => {
    const issue = state.issues.get(c.req.param('key'));
    return issue === undefined ? missing(c) : c.json(issueShape(issue, state));
  });
  app.get('/rest/api/3/issue/:key/comment', (c) => listComments(c, state));
  app.post('/rest/api/3/issue/:key/comment', (c) => addComment(c, options));
  return app;
}

function refuse(c: Context<ApiEnv>, status: ContentfulStatusCode, message: string): Response {
  return c.json({ errorMessages: [message], errors: {} }, status);
}

function missing(c: Context<ApiEnv>): Response {
  return refuse(c, 404, 'Issue does not exist or you do not have permission to see it.');
}

function listComments(c: Context<ApiEnv>, state: JiraState): Response {
  const key = c.req.param('key') ?? '';
  if (!state.issues.has(key)) return missing(c);
  const all = [...state.comments.values()].filter((comment) => comment.key === key);
  if (c.req.query('orderBy') === '-created') all.reverse();
  const startAt = Number(c.req.query('startAt') ?? 0);
  const maxResults = Math.min(100, Number(c.req.query('maxResults') ?? 50));
  const comments = all.slice(startAt, startAt + maxResults).map((comment) => commentShape(comment, state));
  return c.json({ startAt, maxResults, total: all.length, comments });
}

async function addComment(c: Context<ApiEnv>, { state, self, onComment }: JiraApiOptions): Promise<Response> {
  const key = c.req.param('key') ?? '';
  if (!state.issues.has(key)) return missing(c);
  const parsed = NewComment.safeParse(await c.req.json());
  if (!parsed.success) return refuse(c, 400, 'INVALID_INPUT: Comment body is not valid!');
  const created = jiraTime(state.clock());
  const comment = { id: String(state.nextId++), key, body: parsed.data.body, author: self, created, updated: created };
  state.comments.set(comment.id, comment);
  onComment(comment);
  return c.json(commentShape(comment, state), 201);
}
