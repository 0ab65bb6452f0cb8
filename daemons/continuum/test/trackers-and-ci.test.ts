import { ContinuumClient } from '@continuum/sdk/client';
import { signedHeaders } from '@continuum/testing/ci/sender';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { type FakeJira, startFakeJira } from '@continuum/testing/jira/fake';
import { type FakeLinear, startFakeLinear } from '@continuum/testing/linear/fake';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const SECRET = 'a-webhook-secret';
const REPO = 'acme/shop';
const SOON = { timeout: 60_000, interval: 100 };

let place: Awaited<ReturnType<typeof freshHome>>;
let github: FakeGithub;
let linear: FakeLinear;
let jira: FakeJira;
let system: LaunchedSystem;
let continuum: ContinuumClient;
/** Names of the events that reached a listener over HTTP. */
const heard = new Set<string>();

async function listen(url: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/events`);
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      for (const [, name] of decoder.decode(chunk).matchAll(/^event: (\S+)$/gm))
        if (name !== undefined) heard.add(name);
    }
  } catch {
    // The system was stopped.
  }
}

beforeAll(async () => {
  place = await freshHome();
  github = await startFakeGithub();
  linear = await startFakeLinear();
  jira = await startFakeJira();
  await github.createRepo(REPO, { collaborators: { alice: 'write' }, files: { 'README.md': '# shop\n' } });
  system = await launchSystem(place.home, {
    ...{
      GITHUB_WEBHOOK_SECRET: SECRET,
      GITHUB_TOKEN: github.token,
      GITHUB_API_URL: github.url,
      GITHUB_THROTTLE: 'off',
    },
    ...{ LINEAR_WEBHOOK_SECRET: SECRET, LINEAR_API_KEY: linear.apiKey, LINEAR_API_URL: linear.url },
    ...{ JIRA_WEBHOOK_SECRET: SECRET, JIRA_URL: jira.url, JIRA_EMAIL: jira.email, JIRA_API_TOKEN: jira.apiToken },
    ...{ CI_WEBHOOK_SECRET: SECRET },
  });
  continuum = new ContinuumClient({ url: system.url });
  github.setWebhook({ url: `${system.url}/webhooks/github`, secret: SECRET });
  linear.setWebhook({ url: `${system.url}/webhooks/linear`, secret: SECRET });
  jira.setWebhook({ url: `${system.url}/webhooks/jira`, secret: SECRET });
  void listen(system.url);
}, 180_000);
afterAll(async () => {
  await system?.stop();
  await Promise.all([github?.stop(), linear?.stop(), jira?.stop()]);
  await place?.remove();
});

const SOURCE = (name: string) => `export const ${name} = (items) => items.lenght;\nexport default y;\n`;

async function open(branch: string, path: string): Promise<number> {
  await github.commit(REPO, branch, { [path]: SOURCE(branch) });
  const pr = await github.openPullRequest(REPO, { head: branch, base: 'main', title: branch, author: 'bob' });
  await vi.waitFor(async () => {
    expect((await continuum.reviews({ repo: REPO, pr })).map(({ status }) => status)).toContain('done');
  }, SOON);
  return pr;
}

/** A job in CI sends what ESLint found; answers with the status and the body. */
async function eslint(deliveryId: string, pr: number, path: string, more: object = {}): Promise<[number, unknown]> {
  const message = { ruleId: 'no-undef', severity: 2, message: "'y' is not defined.", line: 2, column: 16 };
  const results = [{ filePath: `/work/${path}`, messages: [message] }];
  const run = { repo: REPO, pr, head: github.headOf(REPO, pr), format: 'eslint', root: '/work', results, ...more };
  const body = JSON.stringify(run);
  const headers = signedHeaders({ deliveryId, event: 'results', secret: SECRET, at: new Date() }, body);
  const answer = await fetch(`${system.url}/webhooks/ci`, { method: 'POST', headers, body });
  return [answer.status, await answer.json()];
}

const ofEslint = async (pr: number) =>
  (await continuum.findings({ repo: REPO, pr })).filter(({ rule }) => rule === 'eslint/no-undef');

describe('what CI found, from the outside', () => {
  test('is posted once, though it is sent twice; a report that cannot be read is refused with its field', async () => {
    const pr = await open('cart', 'src/cart.js');
    expect(await eslint('job-1', pr, 'src/cart.js')).toMatchObject([202, { status: 'accepted' }]);
    expect(await eslint('job-1', pr, 'src/cart.js')).toMatchObject([202, { status: 'duplicate' }]);
    await vi.waitFor(async () => expect((await ofEslint(pr))[0]?.externalId).toBeDefined(), SOON);
    expect(github.reviewComments(REPO, pr).map(({ path, line }) => [path, line])).toEqual([['src/cart.js', 2]]);
    expect(await eslint('job-2', pr, 'src/cart.js', { head: 'main' })).toMatchObject([
      400,
      { error: { code: 'INVALID_INPUT', message: expect.stringContaining('head') } },
    ]);
  });

  test('is learned from: what a maintainer declines is not raised on the next pull request', async () => {
    const [finding] = await ofEslint(1);
    const words = 'False positive: `y` is a global that our page defines, this rule is wrong about it.';
    await github.reply(REPO, 1, finding?.externalId ?? '', 'alice', words);
    await vi.waitFor(async () => expect((await continuum.finding(finding?.id ?? '')).status).toBe('declined'), SOON);
    const pr = await open('basket', 'src/basket.js');
    await eslint('job-3', pr, 'src/basket.js');
    await vi.waitFor(async () => expect(await ofEslint(pr)).toHaveLength(1), SOON);
    const [again] = await ofEslint(pr);
    expect(again).toMatchObject({ status: 'withheld' });
    expect(again?.judgement.why).toContainEqual(expect.objectContaining({ kind: 'memory', author: 'alice' }));
    expect(github.reviewComments(REPO, pr)).toEqual([]);
  });
});

test('tickets come into the room with what is said on them, and a question is answered where it was asked', async () => {
  const key = await linear.createIssue('ENG', 'ada', { title: 'Passkeys' });
  await linear.react(await linear.comment(key, 'ada', '@security-ai is this safe?'), 'bob', 'eyes');
  await jira.createIssue('SHOP-1', 'Ada', { summary: 'Quota' });
  await jira.comment('SHOP-1', 'Ada', 'How much?');
  await vi.waitFor(async () => {
    const texts = (await continuum.messages('dev-updates')).map(({ text }) => text);
    expect(texts).toEqual(expect.arrayContaining(['@security-ai is this safe?', 'How much?']));
    expect(linear.comments(key).filter(({ user }) => user.name === 'continuum')).toHaveLength(1);
  }, SOON);
  expect(linear.deliveries.every(({ status }) => status === 200)).toBe(true);
  expect(jira.deliveries.every(({ status }) => status === 202)).toBe(true);
});

test('every event of these sources was heard, and nothing is left over', async () => {
  const wanted = ['linear:issue', 'linear:comment', 'linear:reaction', 'jira:issue', 'jira:comment', 'ci:results'];
  const names = [...wanted.map((name) => `webhook:${name}`), 'lint:error'];
  await vi.waitFor(() => expect([...heard]).toEqual(expect.arrayContaining(names)), SOON);
  const dead: unknown = await (await fetch(`${system.url}/api/v1/dead-letters`)).json();
  expect(dead).toEqual([]);
});
