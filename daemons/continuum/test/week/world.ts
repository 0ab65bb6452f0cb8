import type { MessageView } from '@continuum/contract/http';
import { ContinuumClient } from '@continuum/sdk/client';
import { signedHeaders } from '@continuum/testing/ci/sender';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { type FakeSlack, startFakeSlack } from '@continuum/testing/slack/fake';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { expect, vi } from 'vitest';

const SECRET = 'a-webhook-secret';
const PATIENCE = { timeout: 120_000, interval: 100 };
/** Looks in a row at which nothing waited, until it counts: what one part hands to the next is in neither for an instant. */
const CALM = 3;
export const ROOM = 'dev-updates';
export const REPOS = ['acme/shop', 'acme/bank', 'acme/tools'] as const;
export type Repo = (typeof REPOS)[number];
/** People who may write to the repositories. */
export const WRITERS = ['ada', 'ben', 'cleo', 'dan', 'eve'] as const;
/** May read and nothing more. */
export const STRANGER = 'mallory';
export const BOT = 'renovate[bot]';

/** Everything that takes part in a week: the fakes, and one real process between them. */
export interface World {
  readonly github: FakeGithub;
  readonly slack: FakeSlack;
  /** The channel that shows the room. */
  readonly channel: string;
  /** Slack ids of those who are there, by login; `zoe` is known to nobody on the code host. */
  readonly inSlack: ReadonlyMap<string, string>;
  /** As somebody who writes a client of the API. */
  api(): ContinuumClient;
  /** As an editor. */
  editor(): ContinuumClient;
  launch(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** Asked to stop, and started again. */
  restart(): Promise<void>;
  /** Resolves when nothing is on its way any more. */
  quiet(): Promise<void>;
  /** What GitHub and Slack could not deliver until now was asked for. */
  caughtUp(): Promise<void>;
  /** A job in CI sends its report. */
  report(run: { readonly repo: string; readonly pr: number; readonly results: object }): Promise<void>;
  /** Everything that stands in the room, oldest first. */
  room(): Promise<MessageView[]>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const place = await freshHome();
  const [github, slack] = await Promise.all([startFakeGithub(), startFakeSlack()]);
  const channel = slack.createChannel('dev');
  const inSlack = new Map([...WRITERS.slice(0, 3), 'zoe'].map((name) => [name, slack.addUser(name)]));
  const roles = Object.fromEntries(WRITERS.map((name) => [name, 'write' as const]));
  for (const repo of REPOS) await github.createRepo(repo, { collaborators: { ...roles, [STRANGER]: 'read' } });
  let system: LaunchedSystem | undefined;
  let reports = 0;
  const url = (): string => system?.url ?? '';
  const api = (): ContinuumClient => new ContinuumClient({ url: url() });

  const launch = async (): Promise<void> => {
    system = await launchSystem(place.home, {
      ...{ GITHUB_WEBHOOK_SECRET: SECRET, GITHUB_TOKEN: github.token, GITHUB_API_URL: github.url },
      ...{ GITHUB_THROTTLE: 'off', CI_WEBHOOK_SECRET: SECRET },
      ...{ SLACK_SIGNING_SECRET: slack.signingSecret, SLACK_BOT_TOKEN: slack.botToken, SLACK_API_URL: slack.url },
      SLACK_CHANNEL: channel,
    });
    github.setWebhook({ url: `${system.url}/webhooks/github`, secret: SECRET });
    slack.setWebhook(`${system.url}/webhooks/slack`);
  };
  const quiet = async (): Promise<void> => {
    let calm = 0;
    await vi.waitFor(async () => {
      await Promise.all([github.settled(), slack.settled()]);
      const { backlog, outbox, journalPendingBytes = 0 } = await api().operations();
      const waiting = { ...backlog, effects: outbox.pending + outbox.running, journalPendingBytes };
      const left = Object.fromEntries(Object.entries(waiting).filter(([, count]) => count > 0));
      calm = Object.keys(left).length === 0 ? calm + 1 : 0;
      expect(left).toEqual({});
      expect(calm).toBeGreaterThanOrEqual(CALM);
    }, PATIENCE);
  };
  const caughtUp = async (): Promise<void> => {
    const since = new Date().toISOString();
    const sources = ['github', 'slack'] as const;
    await Promise.all(sources.map((source) => api().reconcile({ source })));
    const { reconciled } = await api().operations();
    expect(reconciled.filter(({ until }) => until >= since).map(({ source }) => source)).toEqual(sources);
  };
  const report: World['report'] = async ({ repo, pr, results }) => {
    reports += 1;
    const body = JSON.stringify({ repo, pr, head: github.headOf(repo, pr), format: 'sarif', results });
    const headers = signedHeaders(
      { deliveryId: `run-${reports}`, event: 'results', secret: SECRET, at: new Date() },
      body,
    );
    const answer = await fetch(`${url()}/webhooks/ci`, { method: 'POST', headers, body });
    expect(answer.status).toBe(202);
  };
  const room = async (): Promise<MessageView[]> => {
    const all: MessageView[] = [];
    for (;;) {
      const before = all[0]?.id;
      const page = await api().messages(ROOM, { limit: 500, ...(before === undefined ? {} : { before }) });
      all.unshift(...page);
      if (page.length < 500) return all;
    }
  };

  await launch();
  for (const [person, externalId] of inSlack)
    if (person !== 'zoe') await api().linkPerson({ kind: 'slack', externalId, person });
  return {
    ...{ github, slack, channel, inSlack, api, launch, quiet, caughtUp, report, room },
    editor: () => new ContinuumClient({ url: url(), client: 'vscode' }),
    kill: async () => system?.kill(),
    restart: async () => {
      await system?.stop();
      await launch();
    },
    stop: async () => {
      await system?.stop();
      await Promise.all([github.stop(), slack.stop()]);
      await place.remove();
    },
  };
}
