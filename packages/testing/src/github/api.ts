import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono, type Next } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { getPath } from 'hono/utils/url';
import type { Fault, Faults } from '../faults.ts';
import { type Env, refuse } from './answers.ts';
import { type AppAuth, addAppAuth } from './api-app.ts';
import { addChecks } from './api-checks.ts';
import { addCompare } from './api-compare.ts';
import { addGraphql } from './api-graphql.ts';
import { addHooks } from './api-hooks.ts';
import { addManifests } from './api-manifests.ts';
import { addReads } from './api-read.ts';
import { addWrites } from './api-write.ts';
import type { Conversation } from './conversation.ts';
import type { Deliveries } from './deliveries.ts';
import { addIssues } from './issues.ts';
import { addReactions } from './reactions.ts';
import { refusedBy } from './scopes.ts';
import { toUser } from './shapes.ts';
import type { State } from './state.ts';

/** One request to the API as it was answered; 0 when the connection was cut. */
export interface ApiRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
}

export interface ApiOptions {
  readonly state: State;
  readonly conversation: Conversation;
  readonly faults: Faults;
  readonly requests: ApiRequest[];
  readonly bot: string;
  readonly token: string;
  readonly auth: AppAuth;
  readonly deliveries: Deliveries;
}

/** The REST subset as a Hono app: log, faults, credentials, then the routes. */
export function createApi(options: ApiOptions): Hono<Env> {
  const { state, conversation, bot } = options;
  const app = new Hono<Env>({ getPath: (request) => withoutPrefix(getPath(request)) });
  app.use(async (c, next) => {
    const path = withoutPrefix(c.req.path);
    const fault = options.faults.take(c.req.method, path);
    const status = await meet(c, next, fault);
    options.requests.push({ method: c.req.method, path, status });
  });
  addManifests(app, state, options.auth);
  app.use((c, next) => authenticate(c, next, options));
  app.get('/user', (c) => c.json(toUser(state, bot)));
  addAppAuth(app, state, options.auth);
  addHooks(app, options);
  addReads(app, state, conversation);
  addWrites(app, state, conversation, bot);
  addReactions(app, state, bot);
  addChecks(app, options);
  addCompare(app, state);
  addIssues(app, state);
  addGraphql(app, options);
  app.notFound((c) => refuse(c, 404, 'Not Found'));
  app.onError((error, c) => refuse(c, 500, error.message));
  return app;
}

/** A GitHub Enterprise Server has its API at `/api/v3` and GraphQL at `/api/graphql`; `/api/v3/graphql` is nowhere. */
function withoutPrefix(path: string): string {
  if (path === '/api/v3/graphql') return path;
  return path === '/api/graphql' ? '/graphql' : path.replace(/^\/api\/v3(?=\/)/, '');
}

async function meet(c: Context<Env>, next: Next, fault: Fault | undefined): Promise<number> {
  if (fault === undefined || fault.afterEffect === true) await next();
  if (fault === undefined) return c.res.status;
  if (fault.status === undefined) {
    cut(c.env);
    return 0;
  }
  const body = fault.body ?? { message: 'Server Error', documentation_url: 'https://docs.github.com/rest' };
  const status = fault.status as ContentfulStatusCode;
  c.res = undefined;
  c.res = c.json(body, status, { ...fault.headers });
  return status;
}

/** Breaks the connection without an answer. */
function cut(bindings: HttpBindings): void {
  bindings.incoming.socket.destroy();
}

/** A wrong token is refused everywhere; none at all may read only. */
async function authenticate(c: Context<Env>, next: Next, { token, auth }: ApiOptions): Promise<Response | undefined> {
  const given = /^(?:bearer|token) (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
  if (given === undefined && c.req.method !== 'GET') return refuse(c, 401, 'Requires authentication');
  if (given !== undefined && given !== token && !auth.accepts(given)) return refuse(c, 401, 'Bad credentials');
  const scope = given === undefined ? undefined : auth.scopeOf(given);
  const refused = scope === undefined ? undefined : refusedBy(scope, c.req.method, withoutPrefix(c.req.path));
  if (refused === 404) return refuse(c, 404, 'Not Found');
  if (refused === 403) return refuse(c, 403, 'Resource not accessible by integration');
  await next();
  return undefined;
}
