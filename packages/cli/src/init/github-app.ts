import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import { appManifest, type CreatedApp, convertManifest } from '@continuum/webhook-github/app-manifest';
import { appPage, donePage } from './app-page.ts';
import { writeSecretFile } from './secret-file.ts';

export interface GithubAppOptions {
  /** `https://github.com`, or a GitHub Enterprise. */
  readonly githubUrl: string;
  readonly apiUrl: string;
  /** Folder of the file that is written. */
  readonly home: string;
  readonly name: string;
  /** Who owns the App: an organization, or whoever signs in. */
  readonly organization?: string | undefined;
  /** Public address of our webhooks. */
  readonly webhookUrl?: string | undefined;
  /** Asks for one more permission, so that settled review threads are closed too. */
  readonly closesThreads?: boolean | undefined;
  /** Told the address to open in a browser. */
  readonly opened: (url: string) => void;
  readonly signal?: AbortSignal;
}

export interface MadeApp {
  readonly file: string;
  readonly slug: string;
  readonly installUrl: string;
}

const DEFAULT_API = 'https://api.github.com';

/**
 * Makes a GitHub App by GitHub's manifest flow: a page on loopback hands the manifest on, GitHub sends the browser back with a
 * code, and the code becomes id, key and secret in `github-app.env`, mode 0600. None of them is ever printed. Throws CONFLICT
 * when that file is there, ABORTED by the signal, and what the exchange throws.
 */
export async function createGithubApp(options: GithubAppOptions): Promise<MadeApp> {
  const state = randomBytes(24).toString('base64url');
  const { promise, resolve, reject } = Promise.withResolvers<CreatedApp>();
  // Only whoever reads our output knows the way to the page: others on this machine bring no App of theirs.
  const way = `/${randomBytes(24).toString('base64url')}`;
  let begun = '';
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    if (!isLocal(request)) return answer(response, 403, donePage('This page is for this machine only.'));
    if (request.method === 'GET' && url.pathname === way) return answer(response, 200, begun);
    if (request.method === 'GET' && url.pathname === '/callback') return void back(url, response);
    return answer(response, 404, donePage('There is nothing here.'));
  });
  const back = async (url: URL, response: ServerResponse): Promise<void> => {
    const code = url.searchParams.get('code') ?? '';
    if (!same(url.searchParams.get('state') ?? '', state) || !/^[\w-]{1,200}$/.test(code)) {
      return answer(response, 400, donePage('This does not come from the App that was asked for. Start again.'));
    }
    try {
      const app = await convertManifest(options.apiUrl, code);
      answer(response, 200, donePage('The App is made. You can close this page.'));
      resolve(app);
    } catch (thrown) {
      answer(response, 502, donePage('GitHub did not hand the App over; the command line says why.'));
      reject(toContinuumError(thrown));
    }
  };
  const abort = () => reject(new ContinuumError('ABORTED', 'no App was made'));
  options.signal?.addEventListener('abort', abort);
  try {
    const origin = await listen(server);
    const manifest = appManifest({ ...options, redirectUrl: `${origin}/callback` });
    begun = appPage(manifest, newAppUrl(options, state));
    options.opened(`${origin}${way}`);
    return await keep(options, await promise);
  } finally {
    options.signal?.removeEventListener('abort', abort);
    server.close();
    server.closeIdleConnections();
  }
}

function newAppUrl({ githubUrl, organization }: GithubAppOptions, state: string): string {
  const owner = organization === undefined ? '' : `organizations/${encodeURIComponent(organization)}/`;
  const url = new URL(`${owner}settings/apps/new`, `${githubUrl.replace(/\/+$/, '')}/`);
  url.searchParams.set('state', state);
  return url.href;
}

async function keep({ home, apiUrl }: GithubAppOptions, app: CreatedApp): Promise<MadeApp> {
  const file = join(home, 'github-app.env');
  const elsewhere = apiUrl === DEFAULT_API ? [] : [`GITHUB_API_URL=${apiUrl}`];
  const lines = [
    `# The GitHub App ${app.slug}. Whoever has this file can act as it.`,
    `GITHUB_APP_ID=${app.id}`,
    `GITHUB_APP_PRIVATE_KEY="${app.privateKey.trim().replaceAll('\n', '\\n')}"`,
    `GITHUB_WEBHOOK_SECRET=${app.webhookSecret}`,
    ...elsewhere,
  ];
  await writeSecretFile(file, `${lines.join('\n')}\n`);
  return { file, slug: app.slug, installUrl: app.installUrl };
}

function listen(server: ReturnType<typeof createServer>): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
    });
  });
}

/** A name that only seems to be ours (DNS rebinding) is not answered. */
function isLocal({ headers }: IncomingMessage): boolean {
  return /^(?:127\.0\.0\.1|localhost)(?::\d{1,5})?$/i.test(headers.host ?? '');
}

function same(given: string, wanted: string): boolean {
  return given.length === wanted.length && timingSafeEqual(Buffer.from(given), Buffer.from(wanted));
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    connection: 'close',
  });
  response.end(body);
}
