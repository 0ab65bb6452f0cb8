import { setTimeout as sleep } from 'node:timers/promises';
import { ContinuumError } from '@continuum/contract/errors';
import type { App, Octokit } from 'octokit';
import { z } from 'zod';
import { isStatus } from './failures.ts';
import { ownerAndName } from './names.ts';
import { withKey } from './private-key.ts';

/** What a call is going to do: `resolve` closes review threads, `work` is everything else. */
export type Purpose = 'work' | 'resolve';

type Level = 'read' | 'write';
type Permissions = Readonly<Record<string, Level>>;

/** What a token for each purpose carries at most. */
const WANTED: Readonly<Record<Purpose, Permissions>> = {
  work: { checks: 'write', contents: 'read', issues: 'write', metadata: 'read', pull_requests: 'write' },
  // GitHub asks for this to close a thread; no other token of ours can change a repository.
  resolve: { contents: 'write', metadata: 'read', pull_requests: 'write' },
};
/** How long an installation, and what it was granted, is believed. */
const FRESH_MS = 55 * 60_000;
/** GitHub's servers may not know a new token for some seconds; until then they answer 401 and do nothing. */
const SETTLING_MS = 5000;
const SETTLING_STEP_MS = 1000;

const Token = z.object({ token: z.string(), createdAt: z.string() });
type Token = z.output<typeof Token>;

interface Installation {
  readonly id: number;
  readonly granted: Permissions;
  readonly until: number;
}

export interface Installations {
  /**
   * A token that reaches one repository and can do no more than its purpose wants; the same until shortly before it ends.
   * Throws CODE_HOST_REJECTED where the App is not installed, not any more, or on hold.
   */
  token(repo: string, purpose: Purpose): Promise<Token>;
  /** The token to go on with after one was refused: the same while GitHub may not know it yet. */
  afterRefusal(repo: string, purpose: Purpose, refused: Token): Promise<Token>;
}

/** Tokens of an App's installations. */
export function createInstallations(app: App): Installations {
  const known = new Map<string, Promise<Installation>>();
  /** When an installation was last seen to be away, in ms: its tokens from before ended then. */
  const away = new Map<string, number>();
  const ask = (repo: string): Promise<Installation> => {
    const asking = findInstallation(app, repo);
    known.set(repo, asking);
    asking.catch(() => {
      known.delete(repo);
      away.set(repo, Date.now());
    });
    return asking;
  };
  const make = async (repo: string, purpose: Purpose, installation: Installation, refresh: boolean): Promise<Token> => {
    const token = await makeToken(app, repo, purpose, installation, refresh);
    const isFromBefore = Date.parse(token.createdAt) <= (away.get(repo) ?? 0);
    return isFromBefore ? makeToken(app, repo, purpose, installation, true) : token;
  };
  const find = async (repo: string): Promise<Installation> => {
    const last = await known.get(repo);
    return last === undefined || last.until < Date.now() ? ask(repo) : last;
  };
  return {
    token: async (repo, purpose) => make(repo, purpose, await find(repo), false),
    // Whoever installs the App anew gets another installation, and the tokens of the old one end at once.
    afterRefusal: async (repo, purpose, refused) => make(repo, purpose, await ask(repo), !isNew(refused)),
  };
}

async function findInstallation(app: App, repo: string): Promise<Installation> {
  try {
    const { data } = await withKey(() => app.octokit.rest.apps.getRepoInstallation(ownerAndName(repo)));
    if (typeof data.suspended_at === 'string') throw onHold(repo);
    const granted = Object.entries(data.permissions).filter((entry): entry is [string, Level] => isLevel(entry[1]));
    return { id: data.id, granted: Object.fromEntries(granted), until: Date.now() + FRESH_MS };
  } catch (error) {
    throw isStatus(error, 404) ? notInstalled(repo, error) : error;
  }
}

async function makeToken(
  app: App,
  repo: string,
  purpose: Purpose,
  { id, granted }: Installation,
  refresh: boolean,
): Promise<Token> {
  const repositoryNames = [ownerAndName(repo).repo];
  const permissions = narrowed(WANTED[purpose], granted);
  try {
    return Token.parse(
      await withKey(() =>
        app.octokit.auth({ type: 'installation', installationId: id, repositoryNames, permissions, refresh }),
      ),
    );
  } catch (error) {
    if (isStatus(error, 403)) throw onHold(repo, error);
    // 404: the installation is gone; 422: the repository was taken out of it.
    throw isStatus(error, 404) || isStatus(error, 422) ? notInstalled(repo, error) : error;
  }
}

/** What is wanted, as far as it was granted: asking for more is refused as a whole. */
function narrowed(wanted: Permissions, granted: Permissions): Record<string, Level> {
  const both = Object.entries(wanted).flatMap(([name, level]): [string, Level][] => {
    const given = granted[name];
    if (given === undefined) return [];
    return [[name, given === 'write' ? level : 'read']];
  });
  return Object.fromEntries(both);
}

function isLevel(value: unknown): value is Level {
  return value === 'read' || value === 'write';
}

function notInstalled(repo: string, cause: unknown): ContinuumError {
  return new ContinuumError('CODE_HOST_REJECTED', `the GitHub App is not installed on ${repo}, or not any more`, {
    next: 'Install the App on the repository, on its settings page on GitHub; until then nothing is read or written there.',
    cause,
  });
}

function onHold(repo: string, cause?: unknown): ContinuumError {
  return new ContinuumError('CODE_HOST_REJECTED', `the GitHub App's installation on ${repo} is suspended`, {
    next: 'Take the suspension back on the settings page of the installation on GitHub.',
    cause,
  });
}

/**
 * Sends every request of a client with an installation's token: waits for a new one to be known to GitHub, and makes another
 * when one is refused. A refused request did nothing, so asking again doubles nothing.
 */
export function signRequests(
  octokit: Pick<Octokit, 'hook'>,
  installations: Installations,
  repo: string,
  purpose: Purpose,
): void {
  octokit.hook.wrap('request', async (request, options) => {
    const send = async ({ token }: Token) => {
      options.headers.authorization = `token ${token}`;
      return request(options);
    };
    const token = await installations.token(repo, purpose);
    try {
      return await send(token);
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      const next = await installations.afterRefusal(repo, purpose, token);
      return whenKnown(next, () => send(next));
    }
  });
}

function isNew({ createdAt }: Token): boolean {
  return Date.now() - Date.parse(createdAt) < SETTLING_MS;
}

async function whenKnown<T>(token: Token, send: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!isStatus(error, 401) || !isNew(token)) throw error;
      await sleep(SETTLING_STEP_MS);
    }
  }
}
