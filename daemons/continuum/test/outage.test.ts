import { join } from 'node:path';
import { writeReconciled } from '@continuum/host/reconciled';
import { ContinuumClient } from '@continuum/sdk/client';
import { openPgliteStore } from '@continuum/store/pglite';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const SECRET = 'a-webhook-secret';
const REPOS = ['acme/shop', 'acme/bank', 'acme/docs'];
const COMMENTS = 200;
const HOUR_MS = 3_600_000;
/** Nobody listens on the port of discard. */
const NOWHERE = 'http://127.0.0.1:9/webhooks/github';
const PATIENCE = { timeout: 120_000, interval: 200 };

const unsafe = (name: string) =>
  `const cp = require('child_process');\nmodule.exports.${name} = (req) => cp.exec('ls ' + req.query.dir);\n`;

let github: FakeGithub;
let system: LaunchedSystem | undefined;
let continuum: ContinuumClient;
let place: Awaited<ReturnType<typeof freshHome>>;
/** How many hours before now the world of the fake is. */
let hoursAgo = 75;

async function launch(): Promise<string> {
  system = await launchSystem(place.home, {
    GITHUB_WEBHOOK_SECRET: SECRET,
    GITHUB_TOKEN: github.token,
    GITHUB_API_URL: github.url,
    GITHUB_THROTTLE: 'off',
  });
  continuum = new ContinuumClient({ url: system.url });
  return `${system.url}/webhooks/github`;
}

async function openPullRequest(repo: string, name: string): Promise<number> {
  await github.commit(repo, name, { [`src/${name}.js`]: unsafe(name) });
  return github.openPullRequest(repo, { head: name, base: 'main', title: name, author: 'bob' });
}

const reviewed = async () =>
  (await Promise.all(REPOS.map((repo) => continuum.reviews({ repo }))))
    .flat()
    .filter(({ status }) => status === 'done');
/** Payloads of missed deliveries that were asked for. */
const fetched = () => github.requests.filter(({ path, method }) => method === 'GET' && /\/deliveries\/\d+$/.test(path));
const said = (index: number) => `Remark number ${index} about this.`;

/** What the system knew in the world of the fake, where it was killed three days ago. */
async function reconciledUntil(at: Date): Promise<void> {
  const store = await openPgliteStore({ folder: join(place.home, 'store') });
  await writeReconciled(store.values, 'github', at);
  await store.close();
}

/** Texts of all messages in the room. */
async function room(): Promise<string[]> {
  const texts: string[] = [];
  for (let before: string | undefined; ; ) {
    const page = await continuum.messages('dev-updates', { limit: 500, ...(before === undefined ? {} : { before }) });
    texts.push(...page.map(({ text }) => text));
    if (page.length < 500) return texts;
    before = page[0]?.id;
  }
}

beforeAll(async () => {
  place = await freshHome();
  github = await startFakeGithub();
  github.setClock(() => new Date(Date.now() - hoursAgo * HOUR_MS));
  for (const repo of REPOS) await github.createRepo(repo, { collaborators: { alice: 'write' } });
}, 60_000);
afterAll(async () => {
  await system?.stop();
  await github?.stop();
  await place?.remove();
});

test('72 hours of missed deliveries are found and processed exactly once, whatever is killed meanwhile', async () => {
  // Before: everything runs; two answers get lost on their way back.
  github.setWebhook({ url: await launch(), secret: SECRET });
  for (const repo of REPOS) await openPullRequest(repo, 'first');
  hoursAgo = 71.9;
  github.loseAnswers(2);
  await github.issueComment('acme/shop', 1, 'bob', 'The answer to this got lost.');
  await github.issueComment('acme/bank', 1, 'bob', 'The answer to this got lost too.');
  await github.settled();
  await vi.waitFor(async () => expect(await reviewed()).toHaveLength(REPOS.length), PATIENCE);
  await system?.kill();
  await reconciledUntil(new Date(Date.now() - hoursAgo * HOUR_MS));

  // The outage.
  github.setWebhook({ url: NOWHERE, secret: SECRET });
  hoursAgo = 71;
  for (const repo of REPOS) await openPullRequest(repo, 'second');
  for (let index = 0; index < COMMENTS; index++) {
    hoursAgo = 70 - (68 * index) / COMMENTS;
    await github.issueComment(REPOS[index % 3] ?? '', 1 + (index % 2), 'bob', said(index));
  }
  hoursAgo = 1;
  await github.push('acme/shop', 2, { 'src/more.js': unsafe('more') });
  for (const repo of REPOS) await openPullRequest(repo, 'third');
  await github.settled();
  const lost = github.deliveries.filter(({ status }) => status === 0).map(({ deliveryId }) => deliveryId);
  await github.redeliver(lost[10] ?? '');
  hoursAgo = 0;

  // Back: reconciling is killed in the middle.
  github.setWebhook({ url: await launch(), secret: SECRET });
  await vi.waitFor(() => expect(fetched().length).toBeGreaterThan(lost.length / 3), { ...PATIENCE, interval: 5 });
  await system?.kill();
  expect(fetched().length).toBeLessThan(lost.length);

  // Back again: deliveries come by themselves meanwhile, and somebody redelivers by hand.
  github.setWebhook({ url: await launch(), secret: SECRET });
  await github.issueComment('acme/docs', 1, 'bob', 'This came by itself.');
  for (const id of [lost[20], lost[100], lost.at(-1)]) await github.redeliver(id ?? '');
  await github.settled();
  const until = async () => (await continuum.operations()).reconciled[0]?.until ?? '';
  await vi.waitFor(async () => expect(Date.now() - Date.parse(await until())).toBeLessThan(90_000), PATIENCE);
  await vi.waitFor(async () => {
    const { backlog, outbox, journalPendingBytes } = await continuum.operations();
    expect(Object.values(backlog).reduce((sum, waiting) => sum + waiting, 0)).toBe(0);
    expect([outbox.pending, outbox.running, journalPendingBytes]).toEqual([0, 0, 0]);
  }, PATIENCE);

  // Every remark is in the room once, every pull request was reviewed, every comment posted once.
  const texts = await room();
  const remarks = [
    ...Array.from({ length: COMMENTS }, (_, index) => said(index)),
    ...['The answer to this got lost.', 'The answer to this got lost too.', 'This came by itself.'],
  ];
  for (const remark of remarks)
    expect(
      texts.filter((text) => text.includes(remark)),
      remark,
    ).toHaveLength(1);
  for (const repo of REPOS) {
    for (const pr of [1, 2, 3]) {
      const places = github.reviewComments(repo, pr).map(({ path, line }) => `${path}:${line}`);
      expect(places.sort(), `${repo}#${pr}`).toEqual([...new Set(places)]);
      expect(places.length).toBeGreaterThan(0);
      const summaries = github.issueComments(repo, pr).filter(({ body }) => body.includes('continuum:summary'));
      expect(summaries).toHaveLength(1);
    }
  }
  const done = await reviewed();
  expect(new Set(done.map(({ key }) => key)).size).toBe(done.length);
  // The push came before the review could begin: one review a pull request, of its newest head.
  expect(done).toHaveLength(9);
  expect(await continuum.deadLetters()).toEqual([]);

  // Asked once more for all of it: GitHub still calls them missed, and nothing is new.
  const again = await continuum.reconcile({ since: new Date(Date.now() - 72 * HOUR_MS).toISOString() });
  expect(again).toMatchObject({ accepted: 0 });
  expect(again.missed).toBeGreaterThan(COMMENTS);
  expect(await continuum.verifyAudit()).toEqual({ intact: true });
}, 300_000);
