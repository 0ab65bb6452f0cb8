import { AsyncLocalStorage } from 'node:async_hooks';
import { ContinuumError } from '@continuum/contract/errors';
import { App, Octokit } from 'octokit';
import { isStatus } from './failures.ts';
import { createInstallations, type Purpose, signRequests } from './installations.ts';
import { withKey } from './private-key.ts';

/** Where the client tells about rate limits; structured loggers such as pino fit. */
export interface HostLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface ClientOptions {
  /** `https://api.github.com`, a GitHub Enterprise `https://host/api/v3`, or a fake. */
  readonly apiUrl: string;
  readonly token?: string | undefined;
  /** Used instead of the token when present. */
  readonly app?: { readonly id: string; readonly privateKey: string } | undefined;
  readonly log?: HostLog | undefined;
  /** Spread requests as GitHub asks (one write a second). Off in tests. Default true. */
  readonly throttle?: boolean | undefined;
  /** For one request, in ms. Default 30 000. */
  readonly timeoutMs?: number | undefined;
}

export interface Clients {
  /** The client that may act on a repository: the token's, or the App installation's there, with no more than it needs. */
  for(repo: string, purpose?: Purpose): Promise<Octokit>;
  /** Login that our own comments carry; undefined when the token cannot say (then every bot's may be ours). */
  self(): Promise<string | undefined>;
  /** The client of the App itself, which belongs to no repository; undefined with a token. */
  readonly app: Octokit | undefined;
}

const SILENT: HostLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const TIMEOUT_MS = 30_000;

/** Clients over one set of credentials. Nothing is asked before it is needed. */
export function createClients(options: ClientOptions): Clients {
  const Configured = Octokit.plugin(refuseTornAnswers).defaults({
    baseUrl: options.apiUrl.replace(/\/+$/, ''),
    userAgent: 'continuum',
    log: options.log ?? SILENT,
    // A write that failed may have happened: only the outbox, which looks first, tries again.
    retry: { enabled: false },
    throttle: { enabled: options.throttle ?? true, onRateLimit: () => false, onSecondaryRateLimit: () => false },
    request: { fetch: fetchWithin(options.timeoutMs ?? TIMEOUT_MS) },
  });
  return options.app === undefined
    ? tokenClients(new Configured(options.token === undefined ? {} : { auth: options.token }))
    : appClients(
        new App({ appId: options.app.id, privateKey: options.app.privateKey, Octokit: Configured }),
        () => new Configured(),
      );
}

/**
 * A connection that breaks inside a body leaves Octokit with half a JSON text and no error. An empty list in its place would
 * let a write happen twice, so it counts as no answer.
 */
function refuseTornAnswers(octokit: Pick<Octokit, 'hook'>): void {
  octokit.hook.after('request', (response) => {
    const json = /^application\/(?:[\w.-]+\+)?json/.test(response.headers['content-type'] ?? '');
    if (json && typeof response.data === 'string') {
      throw new ContinuumError('CODE_HOST_UNAVAILABLE', "GitHub's answer broke off in the middle", {
        next: 'Nothing to do: the call is tried again.',
        retryable: true,
      });
    }
  });
}

const callers = new AsyncLocalStorage<AbortSignal>();

/** Every request of `work`, however deep, ends with the signal of whoever called. */
export function within<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  return signal === undefined ? work() : callers.run(signal, work);
}

function fetchWithin(timeoutMs: number): typeof fetch {
  return (url, init = {}) => {
    const caller = callers.getStore();
    const signals = [AbortSignal.timeout(timeoutMs), ...(caller === undefined ? [] : [caller])];
    return fetch(url, { ...init, signal: AbortSignal.any(signals) });
  };
}

function tokenClients(octokit: Octokit): Clients {
  const self = remember(async () => {
    try {
      return (await octokit.rest.users.getAuthenticated()).data.login;
    } catch (error) {
      // Tokens of an installation or of Actions may not ask who they are.
      if (isStatus(error, 403) || isStatus(error, 401) || isStatus(error, 404)) return undefined;
      throw error;
    }
  });
  return { for: async () => octokit, self, app: undefined };
}

function appClients(app: App, anonymous: () => Octokit): Clients {
  const installations = createInstallations(app);
  const clients = new Map<string, Octokit>();
  return {
    app: app.octokit,
    for: async (repo, purpose = 'work') => {
      const key = `${purpose} ${repo}`;
      const known = clients.get(key);
      if (known !== undefined) return known;
      const client = anonymous();
      signRequests(client, installations, repo, purpose);
      clients.set(key, client);
      return client;
    },
    self: remember(async () => {
      const { data } = await withKey(() => app.octokit.rest.apps.getAuthenticated());
      return data === null || data.slug === undefined ? undefined : `${data.slug}[bot]`;
    }),
  };
}

/** Asks once; a failure is not remembered. */
function remember<T>(ask: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => {
    known ??= ask();
    known.catch(() => {
      known = undefined;
    });
    return known;
  };
}
