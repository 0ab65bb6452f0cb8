import type { Finding } from '@continuum/contract/finding';
import type { TrainingExample } from '@continuum/contract/learning';
import { ContinuumClient } from '@continuum/sdk/client';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { type FakeSlack, startFakeSlack } from '@continuum/testing/slack/fake';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const PATIENCE = { timeout: 90_000, interval: 100 };
const SECRET = 'a-webhook-secret';
const WORDS = 'False positive: the host is one of ours, and its certificate is pinned.';
const PATH = 'src/hosts.js';

/** A TLS connection that trusts everybody, in a function of that name. */
const trusting = (name: string): string => `const https = require('https');

function ${name}(host) {
  return https.request({ host, rejectUnauthorized: false });
}

module.exports = { ${name} };
`;

let place: Awaited<ReturnType<typeof freshHome>>;
let github: FakeGithub;
let slack: FakeSlack;
let system: LaunchedSystem;
let continuum: ContinuumClient;
let editor: ContinuumClient;
let channel: string;
let ada: string;

beforeAll(async () => {
  place = await freshHome();
  [github, slack] = await Promise.all([startFakeGithub(), startFakeSlack()]);
  channel = slack.createChannel('dev');
  ada = slack.addUser('ada');
  system = await launchSystem(place.home, {
    ...{
      GITHUB_WEBHOOK_SECRET: SECRET,
      GITHUB_TOKEN: github.token,
      GITHUB_API_URL: github.url,
      GITHUB_THROTTLE: 'off',
    },
    ...{ SLACK_SIGNING_SECRET: slack.signingSecret, SLACK_BOT_TOKEN: slack.botToken, SLACK_API_URL: slack.url },
    SLACK_CHANNEL: channel,
  });
  continuum = new ContinuumClient({ url: system.url });
  editor = new ContinuumClient({ url: system.url, client: 'vscode' });
  github.setWebhook({ url: `${system.url}/webhooks/github`, secret: SECRET });
  slack.setWebhook(`${system.url}/webhooks/slack`);
  await continuum.linkPerson({ kind: 'slack', externalId: ada, person: 'ada' });
}, 180_000);
afterAll(async () => {
  await system?.stop();
  await Promise.all([github?.stop(), slack?.stop()]);
  await place?.remove();
});

/** Opens a pull request in a repository and answers with its one finding, when its review is done. */
async function reviewed(repo: string, path: string, name: string): Promise<Finding> {
  await github.commit(repo, name, { [path]: trusting(name) });
  const pr = await github.openPullRequest(repo, { head: name, base: 'main', title: name, author: 'ada' });
  return vi.waitFor(async () => {
    const [review] = await continuum.reviews({ repo, pr });
    expect(review?.status).toBe('done');
    const [finding, ...others] = await continuum.findings({ repo, pr });
    expect(others).toEqual([]);
    if (finding === undefined) throw new Error(`nothing was found on ${repo}#${pr}`);
    if (finding.status === 'posted') expect(finding.externalId).toBeDefined();
    return finding;
  }, PATIENCE);
}

async function onPullRequest(repo: string): Promise<Finding> {
  return reviewed(repo, PATH, 'hosts');
}

async function inEditor(repo: string): Promise<Finding> {
  const { findings } = await editor.reviewFile({ repo, path: PATH, text: trusting('hosts') });
  const [finding] = findings;
  if (finding === undefined) throw new Error('nothing was found');
  return finding;
}

/** The message of the channel that shows a finding, with its buttons. */
async function inChannel({ id }: Finding): Promise<string> {
  return vi.waitFor(() => {
    const shown = slack
      .messages(channel)
      .find(({ blocks = [] }) =>
        blocks.some((block) => block.type === 'actions' && block.elements.some(({ value }) => value === id)),
      );
    if (shown === undefined) throw new Error('it does not stand there yet');
    return shown.ts;
  }, PATIENCE);
}

/** Where ada finds it and how she says that it is wrong, and the source that her words come from. */
const WAYS = [
  {
    way: 'in the thread of the pull request',
    source: 'github',
    find: onPullRequest,
    say: async ({ repo, pr = 0, externalId = '' }: Finding) => {
      await github.reply(repo, pr, externalId, 'ada', WORDS);
    },
  },
  {
    way: 'in the thread in Slack',
    source: 'slack',
    find: onPullRequest,
    say: async (finding: Finding) => {
      await slack.say(channel, ada, WORDS, { thread: await inChannel(finding) });
    },
  },
  {
    way: 'by the button in Slack',
    source: 'slack',
    find: onPullRequest,
    say: async (finding: Finding) => {
      await slack.click(channel, await inChannel(finding), ada, 'Wrong');
      await vi.waitFor(() => expect(slack.viewOf(ada)).toBeDefined(), PATIENCE);
      await slack.submit(ada, WORDS);
    },
  },
  {
    way: 'by the quick fix in the editor',
    source: 'vscode',
    find: inEditor,
    say: async ({ id: findingId }: Finding) => {
      await editor.editorFeedback({ findingId, action: 'dismissed', reason: WORDS, author: 'ada' });
    },
  },
  {
    way: 'in the panel of the editor',
    source: 'vscode',
    find: inEditor,
    say: async ({ id }: Finding) => {
      await editor.discuss(id, { author: 'ada', text: WORDS });
    },
  },
  {
    way: 'in the room',
    source: 'api',
    find: onPullRequest,
    say: async ({ id }: Finding) => {
      const told = (await continuum.messages('dev-updates')).find(({ finding }) => finding?.id === id);
      await continuum.say('dev-updates', { author: 'ada', text: WORDS, replyTo: told?.id });
    },
  },
] as const;

interface Outcome {
  readonly example: TrainingExample | undefined;
  /** How the next pull request of the repository was decided. */
  readonly next: Finding;
}

/** Each in a repository of its own, so that they do not help each other. */
async function teach(index: number): Promise<Outcome> {
  const { find, say } = WAYS[index] ?? WAYS[0];
  const repo = `acme/team${index}`;
  await github.createRepo(repo, { collaborators: { ada: 'write' } });
  const finding = await find(repo);
  expect(finding.status).toBe('posted');
  await say(finding);
  await vi.waitFor(async () => expect((await continuum.finding(finding.id)).status).toBe('declined'), PATIENCE);
  const examples = await continuum.examples({ limit: 1000 });
  const [example, ...more] = examples.filter(({ provenance }) => provenance.findingId === finding.id);
  expect(more).toEqual([]);
  return { example, next: await reviewed(repo, 'src/other.js', 'other') };
}

describe('one correction', () => {
  const outcomes: Outcome[] = [];

  test.each(WAYS.map(({ way, source }, index) => [way, source, index] as const))(
    'taught %s',
    async (_way, source, index) => {
      const outcome = await teach(index);
      expect(outcome.example?.provenance).toMatchObject({
        ...{ author: { kind: 'person', id: 'ada' }, permission: 'write', source: { kind: source } },
        consent: 'default',
      });
      expect(outcome.next).toMatchObject({ status: 'withheld', withheldBecause: 'judgement' });
      expect(outcome.next.judgement.why).toContainEqual(expect.objectContaining({ kind: 'memory', author: 'ada' }));
      outcomes.push(outcome);
    },
    300_000,
  );

  test('is the same example wherever it was taught', () => {
    const [first, ...others] = outcomes.map(({ example }) => taught(example));
    expect(others).toHaveLength(WAYS.length - 1);
    expect(first).toMatchObject({ signal: 'correction', priority: 1, quality: 'critical', desirable: false });
    for (const [index, other] of others.entries()) expect(other, WAYS[index + 1]?.way).toEqual(first);
  });

  test('and changes the same decision, by the same reasons of the same weight', () => {
    const [first, ...others] = outcomes.map(({ next }) => decided(next));
    for (const [index, other] of others.entries()) expect(other, WAYS[index + 1]?.way).toEqual(first);
  });
});

/** All of an example that is not about where it came from. */
function taught(example: TrainingExample | undefined): object {
  if (example === undefined) throw new Error('nothing was learned');
  const { id: _, spanHash: __, at: ___, provenance: ____, ...rest } = example;
  return rest;
}

/** A decision with its reasons; their links and ids say where they come from. */
function decided({ judgement, status, withheldBecause, rule, line }: Finding): object {
  const why = judgement.why.map(({ kind, text, weight, author }) => ({ kind, text, weight, author }));
  return { status, withheldBecause, rule, line, verdict: judgement.verdict, score: judgement.score, why };
}
