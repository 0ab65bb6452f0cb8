import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { ContinuumClient } from '@continuum/sdk/client';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { expect, vi } from 'vitest';
import { Sender } from './sender.ts';

export const SECRET = 'a-webhook-secret';
export const REPO = 'acme/shop';

export interface WorldOptions {
  /** Settings of the system besides those of GitHub. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder for `CONTINUUM_HOME`; a fresh one when absent. */
  readonly home?: string;
  /** Where the system finds the API instead of the fake itself: a proxy in between. */
  readonly apiUrl?: (github: FakeGithub) => Promise<string>;
}

/** A team on GitHub, a sender that does not give up, and where the system answers, in however many processes. */
export interface Observed {
  readonly github: FakeGithub;
  readonly sender: Sender;
  client(): ContinuumClient;
}

/** The system in one process, which a test breaks. */
export interface World extends Observed {
  readonly home: string;
  /** The running system; throws when there is none. */
  system(): LaunchedSystem;
  /** Starts the system on the same home; the sender goes there from now on. The signal kills it while it starts. */
  launch(signal?: AbortSignal): Promise<void>;
  /** Ends everything and removes the folders. */
  close(): Promise<void>;
}

/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9';

/** What settles the system on the fake GitHub, at the pace of a test. */
export function githubSettings(github: FakeGithub, apiUrl = github.url): Record<string, string> {
  return {
    GITHUB_WEBHOOK_SECRET: SECRET,
    GITHUB_TOKEN: github.token,
    GITHUB_API_URL: apiUrl,
    GITHUB_THROTTLE: 'off',
    GITHUB_TIMEOUT_SECONDS: '3',
  };
}

/** A team with the repository `acme/shop` and a sender to where the system takes deliveries at the moment. */
export async function openTeamPlace(
  target: () => string | undefined,
): Promise<{ readonly github: FakeGithub; readonly sender: Sender; close(): Promise<void> }> {
  const github = await startFakeGithub();
  await github.createRepo(REPO, {
    collaborators: { alice: 'write', mallory: 'read' },
    files: { 'README.md': '# shop\n' },
  });
  const sender = new Sender({ target: () => target() ?? NOWHERE, secret: SECRET, doubt: 0.2 });
  const collector = await collect(github, sender);
  const close = async (): Promise<void> => {
    sender.stop();
    await github.stop();
    collector.close();
    collector.closeAllConnections();
  };
  return { github, sender, close };
}

/** A world in which the system does not run yet. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const place = options.home === undefined ? await freshHome() : { home: options.home, remove: async () => {} };
  let system: LaunchedSystem | undefined;
  const { github, sender, close } = await openTeamPlace(() => system?.url);
  const apiUrl = (await options.apiUrl?.(github)) ?? github.url;
  return {
    github,
    sender,
    home: place.home,
    system() {
      if (system === undefined) throw new Error('the system does not run');
      return system;
    },
    client: () => new ContinuumClient({ url: system?.url ?? NOWHERE }),
    async launch(signal) {
      const environment = { ...githubSettings(github, apiUrl), ...options.environment };
      system = await launchSystem(place.home, environment, signal);
    },
    async close() {
      sender.stop();
      await system?.kill();
      await close();
      await place.remove();
    },
  };
}

/** The fake sends one delivery at a time and waits for each; what it sends is taken down here and sent on by the sender. */
async function collect(github: FakeGithub, sender: Sender): Promise<Server> {
  const server = createServer(async (incoming, answer) => {
    let body = '';
    for await (const chunk of incoming.setEncoding('utf8')) body += chunk;
    const { 'x-github-delivery': deliveryId, 'x-github-event': event } = incoming.headers;
    sender.send({ deliveryId: String(deliveryId), event: String(event), body });
    answer.writeHead(202).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  github.setWebhook({ url: `http://127.0.0.1:${port}`, secret: SECRET });
  return server;
}

/** Status of `/readyz`; 0 when nobody answers in a few seconds. */
export async function readiness(url: string): Promise<{ readonly status: number; readonly body: string }> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5_000) });
    return { status: response.status, body: await response.text() };
  } catch {
    return { status: 0, body: '' };
  }
}

/** Waits until everything that was sent is acknowledged. */
export async function allAcknowledged(world: Observed, timeout = 30_000): Promise<void> {
  await vi.waitFor(() => expect(world.sender.pending, statusesOf(world)).toBe(0), { timeout, interval: 50 });
}

function statusesOf({ sender }: Observed): string {
  return `deliveries not acknowledged; answers so far: ${JSON.stringify([...sender.statuses])}`;
}
