import type { AddressInfo } from 'node:net';
import { type HttpBindings, serve } from '@hono/node-server';
import type { Context, Hono, Next } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Faults } from './faults.ts';

export type ApiEnv = { Bindings: HttpBindings };

/** One request as it was answered; 0 when the connection was cut. */
export interface ApiCall {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
}

/** Writes each request down and lets it meet its fault: an answer instead of the real one, or a cut connection. */
export function recordAndFail(calls: ApiCall[], faults: Faults): (c: Context<ApiEnv>, next: Next) => Promise<void> {
  return async (c, next) => {
    const { method, path } = c.req;
    const fault = faults.take(method, path);
    if (fault === undefined || fault.afterEffect === true) await next();
    if (fault === undefined) {
      calls.push({ method, path, status: c.res.status });
      return;
    }
    calls.push({ method, path, status: fault.status ?? 0 });
    if (fault.status === undefined) {
      c.env.incoming.socket.destroy();
      c.res = new Response(null);
      return;
    }
    c.res = undefined;
    c.res = c.json(fault.body ?? { message: 'a fault' }, fault.status as ContentfulStatusCode, { ...fault.headers });
  };
}

/** Serves an app on a free port of loopback. */
export async function serveApi(
  app: Hono<ApiEnv>,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  let url = '';
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const starting = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (info: AddressInfo) => {
      url = `http://127.0.0.1:${info.port}`;
      resolve(starting);
    });
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
  return { url, close };
}
