import type { HttpBindings } from '@hono/node-server';
import type { AppsConnectionsOpenResponse } from '@slack/web-api';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Fault, Faults } from '../faults.ts';
import { type Args, METHODS, type Refusal } from './methods.ts';
import type { SocketHub } from './socket.ts';
import type { State, StoredChannel, StoredMessage } from './state.ts';

type Env = { Bindings: HttpBindings };

/** One request to the API as it was answered; 0 when the connection was cut. */
export interface ApiRequest {
  /** Such as `chat.postMessage`. */
  readonly method: string;
  readonly args: Args;
  readonly status: number;
}

export interface ApiOptions {
  readonly state: State;
  readonly faults: Faults;
  readonly requests: ApiRequest[];
  readonly botToken: string;
  readonly appToken: string;
  readonly hub: SocketHub;
  /** Told of each message that the bot posts. */
  readonly told: (channel: StoredChannel, message: StoredMessage) => void;
}

/** The Web API subset as a Hono app: log, faults, credentials, then the method. */
export function createApi(options: ApiOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.post('/api/:method', async (c) => {
    const method = c.req.param('method');
    const args = Object.fromEntries(new URLSearchParams(await c.req.text()));
    const fault = options.faults.take('POST', `/api/${method}`);
    const answer = fault === undefined || fault.afterEffect === true ? perform(options, c, method, args) : undefined;
    const status = fault === undefined ? 200 : (fault.status ?? 0);
    options.requests.push({ method, args, status });
    return fault === undefined ? c.json(answer ?? {}) : fail(c, fault);
  });
  return app;
}

function fail(c: Context<Env>, fault: Fault): Response {
  if (fault.status === undefined) {
    // Breaks the connection without an answer.
    c.env.incoming.socket.destroy();
    return c.body(null);
  }
  const status = fault.status as ContentfulStatusCode;
  return typeof fault.body === 'string' || fault.body === undefined
    ? c.text(fault.body ?? '', status, { ...fault.headers })
    : c.json(fault.body, status, { ...fault.headers });
}

function perform(options: ApiOptions, c: Context<Env>, method: string, args: Args): object {
  const given = /^bearer (.+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? args.token;
  if (method === 'apps.connections.open') return openConnection(options, given);
  if (given === undefined) return refusal('not_authed');
  if (given !== options.botToken) return refusal('invalid_auth');
  const run = METHODS[method];
  return run === undefined ? refusal('unknown_method') : run(options.state, args, options.told);
}

function openConnection(
  { appToken, hub }: ApiOptions,
  given: string | undefined,
): AppsConnectionsOpenResponse | Refusal {
  if (given !== appToken) return refusal(given === undefined ? 'not_authed' : 'not_allowed_token_type');
  return { ok: true, url: hub.open() };
}

function refusal(error: string): Refusal {
  return { ok: false, error };
}
