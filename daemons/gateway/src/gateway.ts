import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { ContinuumError } from '@continuum/contract/errors';
import type { Core, Daemon } from '@continuum/host/runtime';
import { getRequestListener } from '@hono/node-server';
import { createGatewayApp } from './app.ts';
import { hearingOut } from './body.ts';
import { deliveryListener } from './deliveries.ts';
import { createFeed } from './feed.ts';
import type { GatewayOptions } from './options.ts';
import { readStaticFiles } from './static.ts';

/** Time for requests in flight at a stop before their connections are cut, in ms. */
const GRACE_MS = 5000;

/** Connections that may wait to be taken: one that finds the line full is tried again after a second, then two, then four. */
const BACKLOG = 4096;

/** The gateway: a daemon that also knows where it listens. */
export interface Gateway extends Daemon {
  /** `http://host:port` without a slash at the end. Throws CONFLICT before `start`. */
  readonly url: string;
}

/**
 * HTTP on `settings.host` and `settings.port` (0: any free): health and metrics of every process; webhooks, and the API with
 * live events and the dashboard, where the options bring what they need. `start` throws CONFIG_INVALID when the port is taken.
 */
export function createGateway(runtime: Core, options: GatewayOptions): Gateway {
  const feed = createFeed(runtime.bus);
  let server: Server | undefined;
  return {
    name: 'gateway',
    get url() {
      return urlOf(server);
    },
    async start() {
      if (server !== undefined) return;
      const files = await readStaticFiles(options.api?.staticFolder);
      const app = createGatewayApp(runtime, options, feed, files);
      const others = getRequestListener(app.fetch, { overrideGlobalObjects: false, autoCleanupIncoming: false });
      server = await listen(deliveryListener(runtime, options, hearingOut(others)), runtime.settings);
      if (options.api !== undefined) await feed.start();
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
  listener: RequestListener,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Server> {
  // A slow sender may not hold a connection for ever; answers, such as live events, may take any time.
  // An idle connection lives longer than proxies keep theirs (60 s): else they send on one that is just being closed.
  const idle = { keepAliveTimeout: 65_000 };
  const limits = { ...idle, requestTimeout: 30_000, headersTimeout: 20_000, connectionsCheckingInterval: 5_000 };
  const server = createServer(limits, listener);
  server.listen({ port, host, backlog: BACKLOG });
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
