import { ContinuumClient } from '@continuum/sdk/client';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const SECRET = 'a-webhook-secret';
const REPO = 'acme/shop';
const injection = (name: string) =>
  `const cp = require('child_process');\nmodule.exports.${name} = (req) => cp.exec('ls ' + req.query.dir);\n`;

let github: FakeGithub;
let system: LaunchedSystem;
let continuum: ContinuumClient;
let place: Awaited<ReturnType<typeof freshHome>>;
let pr = 0;

beforeAll(async () => {
  place = await freshHome();
  github = await startFakeGithub();
  await github.createRepo(REPO, { collaborators: { alice: 'write', mallory: 'read' } });
  system = await launchSystem(place.home, {
    GITHUB_WEBHOOK_SECRET: SECRET,
    GITHUB_TOKEN: github.token,
    GITHUB_API_URL: github.url,
    GITHUB_THROTTLE: 'off',
  });
  continuum = new ContinuumClient({ url: system.url });
  github.setWebhook({ url: `${system.url}/webhooks/github`, secret: SECRET });
  await github.commit(REPO, 'list', Object.fromEntries(['a', 'b', 'c'].map((n) => [`src/${n}.js`, injection(n)])));
  pr = await github.openPullRequest(REPO, { head: 'list', base: 'main', title: 'List', author: 'bob' });
  await soon(() => expect(github.issueComments(REPO, pr)).toHaveLength(1));
}, 180_000);

afterAll(async () => {
  await system?.stop();
  await github?.stop();
  await place?.remove();
});

function soon(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 60_000, interval: 200 });
}

const ourAnswers = () => [
  ...github.issueComments(REPO, pr).slice(1),
  ...github.reviewComments(REPO, pr).filter(({ inReplyTo }) => inReplyTo !== undefined),
];

/** Says something in the conversation, or in the thread of a file's finding; answers with what we say to it. */
async function ask(who: string, words: string, path?: string): Promise<string> {
  const before = new Set(ourAnswers().map(({ id }) => id));
  const thread = github.reviewComments(REPO, pr).find((comment) => comment.path === path);
  const asked =
    thread === undefined
      ? await github.issueComment(REPO, pr, who, words)
      : await github.reply(REPO, pr, thread.id, who, words);
  const isNew = ({ id, author }: { readonly id: number; readonly author: string }) =>
    !before.has(id) && id !== asked && author === github.bot;
  await soon(() => expect(ourAnswers().some(isNew)).toBe(true));
  return ourAnswers().find(isNew)?.body ?? '';
}

const statusOf = async (path: string) =>
  (await continuum.findings({ repo: REPO, pr })).findLast((finding) => finding.path === path)?.status;

describe('commands in comments', () => {
  test('help lists them, and explain answers in the thread of a finding', async () => {
    const help = await ask('mallory', '@continuum help');
    for (const words of ['explain', 'ignore', 'learn', 'review']) expect(help).toContain(`@continuum ${words}`);
    expect(await ask('mallory', '@continuum explain', 'src/a.js')).toContain('goes to a shell');
  }, 120_000);

  test('somebody without write permission is refused a review, and teaches nothing at once', async () => {
    expect(await ask('mallory', '@continuum review')).toContain('write permission');
    expect(await ask('mallory', '@continuum ignore this is fine', 'src/a.js')).toContain('approve');
    expect(await statusOf('src/a.js')).toBe('posted');
    expect(await continuum.reviews({ repo: REPO, pr })).toHaveLength(1);
  }, 120_000);

  test('ignore declines the finding of the thread, or all on a path, and the summary says so', async () => {
    expect(await ask('alice', '@continuum ignore the folder is fixed by the caller', 'src/a.js')).toContain('Declined');
    expect(await statusOf('src/a.js')).toBe('declined');
    expect(await ask('alice', '@continuum ignore src/b.* only a fixture')).toContain('Declined');
    expect(await statusOf('src/b.js')).toBe('declined');
    expect(await statusOf('src/c.js')).toBe('posted');
    await soon(() => expect(github.issueComments(REPO, pr)[0]?.body).toContain('2 declined'));
    await soon(() => expect(github.resolvedThreads(REPO, pr)).toHaveLength(2));
    const memories = await continuum.memories({ repo: REPO, state: 'active' });
    expect(memories.map(({ reason }) => reason).toSorted()).toEqual([
      'only a fixture',
      'the folder is fixed by the caller',
    ]);
  }, 120_000);

  test('learn takes a confirmation in so many words', async () => {
    expect(await ask('alice', '@continuum learn Good catch, this is a real problem.', 'src/c.js')).toContain('right');
    expect(await statusOf('src/c.js')).toBe('confirmed');
  }, 120_000);

  test('review reads everything again, and what was declined does not come back', async () => {
    expect(await ask('alice', '@continuum review')).toContain('again. Nothing new.');
    expect(await continuum.reviews({ repo: REPO, pr })).toHaveLength(2);
    expect(github.reviewComments(REPO, pr).filter(({ inReplyTo }) => inReplyTo === undefined)).toHaveLength(3);
  }, 120_000);
});

test('a suggestion that somebody commits was right: it is addressed, and learned from', async () => {
  const lines = ["const https = require('https');", 'https.request({ host, rejectUnauthorized: false });', ''];
  await github.commit(REPO, 'tls', { 'src/tls.js': lines.join('\n') });
  const tls = await github.openPullRequest(REPO, { head: 'tls', base: 'main', title: 'TLS', author: 'alice' });
  const raised = async () => (await continuum.findings({ repo: REPO, pr: tls, status: 'posted' }))[0];
  await soon(async () => expect((await raised())?.externalId).toBeDefined());
  const finding = await raised();
  expect(finding?.suggestion).toMatchObject({ startLine: 2, endLine: 2 });
  await github.push(REPO, tls, { 'src/tls.js': lines.with(1, finding?.suggestion?.replacement ?? '').join('\n') });
  await soon(async () => expect((await continuum.finding(finding?.id ?? '')).status).toBe('addressed'));
  await soon(async () => {
    const memories = await continuum.memories({ repo: REPO, state: 'active' });
    const learned = memories.filter(({ findingId }) => findingId === finding?.id);
    expect(learned.map(({ verdict, author }) => [verdict, author.id])).toEqual([['affirm', 'alice']]);
  });
}, 120_000);
