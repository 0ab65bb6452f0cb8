import { buildSchema, type GraphQLError, graphql } from 'graphql';
import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { type Env, refuse } from './answers.ts';
import type { AppAuth } from './api-app.ts';
import type { Conversation } from './conversation.ts';
import { createRoot } from './graphql-answers.ts';
import { SCHEMA } from './graphql-schema.ts';
import type { State } from './state.ts';

const Body = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).optional() });
const schema = buildSchema(SCHEMA);

/** The GraphQL endpoint: queries are parsed, checked against the schema and answered as GitHub does, failures with 200. */
export function addGraphql(app: Hono<Env>, options: GraphqlOptions): void {
  app.post('/graphql', (c) => answer(c, options));
}

interface GraphqlOptions {
  readonly state: State;
  readonly conversation: Conversation;
  readonly bot: string;
  readonly auth: AppAuth;
}

async function answer(c: Context<Env>, { state, conversation, bot, auth }: GraphqlOptions): Promise<Response> {
  const parsed = Body.safeParse(await c.req.json().catch(() => undefined));
  if (!parsed.success) return refuse(c, 400, 'Problems parsing JSON');
  const { query: source, variables } = parsed.data;
  const token = /^(?:bearer|token) (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  const rootValue = createRoot(state, conversation, { login: bot, scope: auth.scopeOf(token ?? '') });
  const { data, errors } = await graphql({
    ...{ schema, source, rootValue },
    ...(variables === undefined ? {} : { variableValues: variables }),
  });
  if (errors === undefined) return c.json({ data });
  return c.json({ ...(data === undefined ? {} : { data }), errors: errors.map(toError) });
}

function toError({ message, path, locations, extensions }: GraphQLError): object {
  const { type } = extensions;
  return { ...(typeof type === 'string' ? { type } : {}), ...(path === undefined ? {} : { path }), locations, message };
}
