import { randomUUID } from 'node:crypto';
import { GraphQLError, graphql } from 'graphql';
import { Hono } from 'hono';
import { z } from 'zod';
import { type ApiCall, type ApiEnv, recordAndFail } from '../api-server.ts';
import type { Faults } from '../faults.ts';
import { LINEAR_SCHEMA } from './schema.ts';
import {
  commentUrl,
  identifierOf,
  issueOf,
  type LinearComment,
  type LinearIssue,
  type LinearState,
  urlOf,
  userNamed,
} from './state.ts';

export interface LinearApiOptions {
  readonly state: LinearState;
  readonly faults: Faults;
  readonly calls: ApiCall[];
  readonly apiKey: string;
  /** Name of the user whose key it is. */
  readonly self: string;
  readonly onComment: (issue: LinearIssue, comment: LinearComment) => void;
}

const Body = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).nullish() });
const IssuesArgs = z.object({
  filter: z.object({
    team: z.object({ key: z.object({ eq: z.string() }) }),
    number: z.object({ eq: z.number() }),
  }),
});
const CommentsArgs = z.object({ filter: z.object({ id: z.object({ eq: z.string() }) }) });
const CreateArgs = z.object({
  input: z.object({
    id: z.string().optional(),
    issueId: z.string(),
    body: z.string().min(1),
    parentId: z.string().optional(),
  }),
});

/** Linear's GraphQL endpoint over its own words of the schema, executed by `graphql`. */
export function createApi(options: LinearApiOptions): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const rootValue = resolvers(options);
  app.use(recordAndFail(options.calls, options.faults));
  app.post('/graphql', async (c) => {
    const given = c.req.header('authorization');
    if (given !== options.apiKey && given !== `Bearer ${options.apiKey}`) {
      return c.json({ errors: [userError('Authentication required, not authenticated', 'AUTHENTICATION_ERROR')] }, 401);
    }
    const { query, variables } = Body.parse(await c.req.json());
    const answer = await graphql({ schema: LINEAR_SCHEMA, source: query, rootValue, variableValues: variables ?? {} });
    return c.json(answer, answer.data === undefined || answer.data === null ? 400 : 200);
  });
  return app;
}

function userError(message: string, code: string) {
  return { message, extensions: { type: 'invalid input', code, userError: true, userPresentableMessage: message } };
}

function refuse(message: string): GraphQLError {
  const { extensions } = userError(message, 'INPUT_ERROR');
  return new GraphQLError(message, { extensions });
}

function resolvers(options: LinearApiOptions) {
  const { state, self } = options;
  return {
    viewer: () => userNamed(state, self),
    issues: (args: unknown) => {
      const { filter } = IssuesArgs.parse(args);
      const found = issueOf(state, `${filter.team.key.eq}-${filter.number.eq}`);
      return { nodes: found === undefined ? [] : [issueNode(found)] };
    },
    comments: (args: unknown) => {
      const comment = state.comments.get(CommentsArgs.parse(args).filter.id.eq);
      return { nodes: comment === undefined ? [] : [commentNode(state, comment)] };
    },
    commentCreate: (args: unknown) => ({
      success: true,
      lastSyncId: state.comments.size,
      comment: commentNode(state, create(options, CreateArgs.parse(args).input)),
    }),
  };
}

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function create(options: LinearApiOptions, input: z.output<typeof CreateArgs>['input']): LinearComment {
  const { state, self, onComment } = options;
  const issue = issueOf(state, input.issueId);
  if (issue === undefined) throw refuse('Entity not found: Issue');
  if (input.id !== undefined && !UUID_V4.test(input.id)) throw refuse('id must be a UUID');
  if (input.id !== undefined && state.comments.has(input.id)) throw refuse('Entity with this id already exists');
  const at = state.clock().toISOString();
  const comment: LinearComment = {
    ...{ id: input.id ?? randomUUID(), issueId: issue.id, body: input.body, parentId: input.parentId ?? null },
    ...{ user: userNamed(state, self), createdAt: at, updatedAt: at, editedAt: null },
  };
  state.comments.set(comment.id, comment);
  onComment(issue, comment);
  return comment;
}

function issueNode(issue: LinearIssue) {
  const state = { id: `state-${issue.state}`, name: issue.state, type: 'unstarted' };
  return { ...issue, identifier: identifierOf(issue), url: urlOf(issue), state };
}

function commentNode(state: LinearState, comment: LinearComment) {
  const issue = issueOf(state, comment.issueId);
  return { ...comment, url: issue === undefined ? '' : commentUrl(issue, comment) };
}
