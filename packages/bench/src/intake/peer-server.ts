import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SECRET } from './payload.ts';

/* A peer in a process of its own: prints its port. `<name> <folder of the peers>`. */

/** The part of Probot 14 that is used here; the library is an optional install, so its own types cannot be. */
interface ProbotLibrary {
  createProbot(options: object): object;
  createNodeMiddleware(app: (app: ProbotApp) => void, options: object): Promise<Middleware>;
}
interface ProbotApp {
  on(event: string, handler: () => Promise<void>): void;
}
type Middleware = (request: IncomingMessage, response: ServerResponse) => unknown;

/** The same of @octokit/webhooks 14. */
interface OctokitLibrary {
  Webhooks: new (options: object) => ProbotApp;
  createNodeMiddleware(webhooks: object, options: object): Middleware;
}

const [name = '', peers = ''] = process.argv.slice(2);
const PATH = '/webhooks/github';

async function load<T>(library: string): Promise<T> {
  const require = createRequire(join(peers, 'package.json'));
  return import(pathToFileURL(require.resolve(library)).href);
}

async function probot(): Promise<RequestListener> {
  const library: ProbotLibrary = await load('probot');
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const instance = library.createProbot({ overrides: { appId: 1, privateKey, secret: SECRET, logLevel: 'fatal' } });
  return library.createNodeMiddleware((app) => app.on('pull_request', async () => {}), {
    probot: instance,
    webhooksPath: PATH,
  });
}

async function octokit(): Promise<RequestListener> {
  const library: OctokitLibrary = await load('@octokit/webhooks');
  const webhooks = new library.Webhooks({ secret: SECRET });
  webhooks.on('pull_request', async () => {});
  return library.createNodeMiddleware(webhooks, { path: PATH });
}

/** No signature, no deduplication, no format: every request has its own write and fdatasync. */
async function appendEach(): Promise<RequestListener> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-append-'));
  const file = await open(join(folder, 'log'), 'a');
  return async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    await file.write(Buffer.concat(chunks));
    await file.datasync();
    response.writeHead(202, { 'content-length': 0 }).end();
  };
}

const PEERS: Readonly<Record<string, () => Promise<RequestListener>>> = { probot, octokit, append: appendEach };
const listener = await PEERS[name]?.();
const server = createServer(listener).listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
