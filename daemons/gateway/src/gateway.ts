import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { ContinuumError } from '@continuum/contract/errors';
import type { Daemon, Runtime } from '@continuum/host/runtime';
import { getRequestListener } from '@hono/node-server';
import { createGatewayApp } from './app.ts';
import { createFeed } from './feed.ts';
import type { GatewayOptions } from './options.ts';
import { readStaticFiles } from './static.ts';

/** Time for requests in flight at a stop before their connections are cut, in ms. */
const GRACE_MS = 5000;

/** The gateway: a daemon that also knows where it listens. */
export interface Gateway extends Daemon {
  /** `http://host:port` without a slash at the end. Throws CONFLICT before `start`. */
  readonly url: string;
}

/**
 * HTTP for everybody: webhooks, API, live events and the dashboard, on `settings.host` and `settings.port` (0: any free).
 * `start` throws CONFIG_INVALID when the port is taken.
 */
export function createGateway(runtime: Runtime, options: GatewayOptions): Gateway {
  const feed = createFeed(runtime.bus);
  let server: Server | undefined;
  return {
    name: 'gateway',
    get url() {
      return urlOf(server);
    },
    async start() {
      if (server !== undefined) return;
      const files = await readStaticFiles(options.staticFolder);
      const app = createGatewayApp(runtime, options, feed, files);
      server = await listen(app.fetch, runtime.settings);
      await feed.start();
      runtime.log.info({ url: urlOf(server) }, 'gateway listens');
    },
    async stop() {
      if (server === undefined) return;
      const stopping = server;
      server = undefined;
      await feed.stop();
      await close(stopping);
    },
  };
}

async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  // A slow sender may not hold a connection for ever; answers, such as live events, may take any time.
  const limits = { requestTimeout: 120_000, headersTimeout: 20_000 };
  const server = createServer(limits, getRequestListener(fetch, { overrideGlobalObjects: false }));
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new ContinuumError('CONFIG_INVALID', `cannot listen on ${host}:${port}`, {
      next: 'Another process may hold this port: set PORT to a free one.',
      cause,
    });
  }
  return server;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(timer);
}

function urlOf(server: Server | undefined): string {
  const address = server?.address();
  if (address === null || address === undefined || typeof address === 'string') {
    throw new ContinuumError('CONFLICT', 'the gateway is not listening', { next: 'Call start first.' });
  }
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
