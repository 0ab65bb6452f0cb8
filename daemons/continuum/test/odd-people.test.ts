import { randomUUID } from 'node:crypto';
import { ContinuumClient } from '@continuum/sdk/client';
import { deliveryHeaders } from '@continuum/testing/github/deliveries';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const SECRET = 'a-webhook-secret';
const REPO = 'acme/shop';
const HELPER = 'helper[bot]';
const REVIEWS = /\/pulls\/\d+\/reviews$/;
/** Time enough to do something between a try and the next, in seconds. */
const LATER = { 'retry-after': '3' };

const unsafe = (name: string) =>
  `const cp = require('child_process');\nmodule.exports.${name} = (req) => cp.exec('ls ' + req.query.dir);\n`;

let place: Awaited<ReturnType<typeof freshHome>>;
let github: FakeGithub;
let system: LaunchedSystem;
let continuum: ContinuumClient;

beforeAll(async () => {
  place = await freshHome();
  github = await startFakeGithub();
  await github.createRepo(REPO, { collaborators: { ada: 'write', 'ada-lovelace': 'write' } });
  const app = github.app();
  system = await launchSystem(place.home, {
    ...{ GITHUB_WEBHOOK_SECRET: SECRET, GITHUB_API_URL: github.url, GITHUB_THROTTLE: 'off' },
    ...{ GITHUB_APP_ID: app.id, GITHUB_APP_PRIVATE_KEY: app.privateKey },
  });
  continuum = new ContinuumClient({ url: system.url });
  github.setWebhook({ url: `${system.url}/webhooks/github`, secret: SECRET });
}, 180_000);
afterAll(async () => {
  await system?.stop();
  await github?.stop();
  await place?.remove();
});

function soon<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 60_000, interval: 100 });
}

/** Nothing is on its way any more. */
async function quiet(): Promise<void> {
  let calm = 0;
  await soon(async () => {
    await github.settled();
    const { backlog, outbox, journalPendingBytes = 0 } = await continuum.operations();
    const waiting = [...Object.values(backlog), outbox.pending, outbox.running, journalPendingBytes];
    calm = waiting.every((count) => count === 0) ? calm + 1 : 0;
    expect(calm).toBeGreaterThanOrEqual(3);
  });
}

async function open(name: string, text = unsafe(name)): Promise<number> {
  await github.commit(REPO, name, { [`src/${name}.js`]: text });
  return github.openPullRequest(REPO, { head: name, base: 'main', title: name, author: 'ada' });
}

const rootsOn = (pr: number) =>
  github.reviewComments(REPO, pr).filter(({ author, inReplyTo }) => author === github.bot && inReplyTo === undefined);

/** Opens a pull request and answers with the comment that its finding got. */
async function raised(name: string): Promise<{ readonly pr: number; readonly comment: number }> {
  const pr = await open(name);
  await soon(() => expect(rootsOn(pr)).toHaveLength(1));
  await quiet();
  return { pr, comment: rootsOn(pr)[0]?.id ?? 0 };
}

const ourWords = (pr: number) =>
  [...github.reviewComments(REPO, pr), ...github.issueComments(REPO, pr)].filter(({ author }) => author === github.bot);

describe('what changes while a review is on its way', () => {
  test('a force push takes the line away: the comment goes to the file', async () => {
    github.failNext({ method: 'POST', path: REVIEWS, status: 503, headers: LATER });
    const before = github.requests.length;
    const pr = await open('moving', `// one\n// two\n// three\n${unsafe('moving')}`);
    await soon(() => expect(github.requests.slice(before).some(({ path }) => REVIEWS.test(path))).toBe(true));
    await github.forcePush(REPO, pr, { 'src/moving.js': 'module.exports = {};\n' });
    await quiet();
    const [comment, ...others] = rootsOn(pr);
    expect(others).toEqual([]);
    expect(comment).toMatchObject({ path: 'src/moving.js', line: null });
    expect(comment?.body).toContain('`src/moving.js` line 5');
    const shown = (await continuum.findings({ repo: REPO, pr })).filter(({ status }) => status !== 'withheld');
    expect(shown.map(({ status, externalId }) => [status, externalId])).toEqual([['addressed', String(comment?.id)]]);
    expect(github.resolvedThreads(REPO, pr)).toEqual([comment?.id]);
  }, 120_000);

  test('the installation is removed: it ends clearly, and what was left unsaid is said when it is back', async () => {
    github.failNext({ method: 'POST', path: REVIEWS, status: 503, headers: LATER });
    const before = github.requests.length;
    const pr = await open('removed');
    await soon(() => expect(github.requests.slice(before).some(({ path }) => REVIEWS.test(path))).toBe(true));
    await github.setInstallation({ state: 'removed' });
    await quiet();
    const letters = await continuum.deadLetters();
    expect(letters.map(({ name }) => name)).toEqual(expect.arrayContaining(['github/review', 'github/summary']));
    expect(letters.every(({ error }) => /install/i.test(error))).toBe(true);
    expect(system.running()).toBe(true);
    await github.setInstallation({ state: 'installed' });
    for (const { consumer, id } of letters) await continuum.replayDeadLetter(consumer, id);
    await soon(() => expect(rootsOn(pr)).toHaveLength(1));
    await quiet();
    expect(github.issueComments(REPO, pr)).toHaveLength(1);
    expect(await continuum.deadLetters()).toEqual([]);
  }, 120_000);
});

describe('who is nobody to talk to', () => {
  test('a mention of ours by ourselves is answered by nobody', async () => {
    const { pr, comment } = await raised('ourselves');
    const before = ourWords(pr).length;
    await github.issueComment(REPO, pr, github.bot, '@continuum help');
    await github.reply(REPO, pr, comment, github.bot, '@security-ai why is this a problem?');
    await quiet();
    expect(ourWords(pr)).toHaveLength(before + 2);
  }, 120_000);

  test('two bots do not answer each other, and a person between them is answered once', async () => {
    const { pr, comment } = await raised('bots');
    const before = ourWords(pr).length;
    await github.reply(REPO, pr, comment, HELPER, '@continuum explain');
    await github.reply(REPO, pr, comment, HELPER, 'False positive. @security-ai why is this a problem?');
    await quiet();
    expect(ourWords(pr)).toHaveLength(before);
    await github.reply(REPO, pr, comment, 'ada', '@security-ai why is this a problem?');
    await soon(() => expect(ourWords(pr)).toHaveLength(before + 1));
    for (let turn = 0; turn < 5; turn += 1) {
      await github.reply(REPO, pr, comment, HELPER, `@security-ai are you sure? Turn ${turn}.`);
    }
    await quiet();
    expect(ourWords(pr)).toHaveLength(before + 1);
    expect((await continuum.finding(await findingOf(pr))).status).toBe('posted');
    const room = await continuum.messages('dev-updates', { limit: 500 });
    expect(room.filter(({ author }) => author.id === HELPER)).toEqual([]);
  }, 120_000);
});

async function findingOf(pr: number): Promise<string> {
  const [finding] = await continuum.findings({ repo: REPO, pr, status: 'posted' });
  return finding?.id ?? '';
}

/** The newest delivery about a comment once more, with other things in it: another one, signed all the same. */
async function deliverLike(event: string, change: (payload: Record<string, unknown>) => object): Promise<number> {
  const newest = github.deliveries.findLast((delivery) => delivery.event === event);
  const payload: Record<string, unknown> = JSON.parse(newest?.body ?? '{}');
  const body = JSON.stringify(change(payload));
  const headers = deliveryHeaders({ deliveryId: randomUUID(), event, body }, SECRET);
  return (await fetch(`${system.url}/webhooks/github`, { method: 'POST', headers, body })).status;
}

const COMMENT = 'pull_request_review_comment';

describe('people who are not there any more', () => {
  test('words of a deleted account are heard, and teach nothing at once', async () => {
    const { pr, comment } = await raised('ghosts');
    await github.reply(REPO, pr, comment, 'nobody-left', 'False positive: nobody calls this.');
    await quiet();
    const deleted = (payload: Record<string, unknown>) => {
      const told = Object(payload.comment);
      return { ...payload, comment: { ...told, id: 77, user: null, body: 'False positive: said before I left.' } };
    };
    expect(await deliverLike(COMMENT, deleted)).toBe(202);
    await quiet();
    expect((await continuum.finding(await findingOf(pr))).status).toBe('posted');
    const waiting = await continuum.examples({ state: 'quarantined' });
    const authors = waiting.map(({ provenance }) => provenance.author.id);
    expect(authors).toEqual(expect.arrayContaining(['nobody-left', 'ghost']));
    expect(await continuum.deadLetters()).toEqual([]);
  }, 120_000);

  test('somebody renamed changes their words, and said them once', async () => {
    const { pr, comment } = await raised('renamed');
    const id = await findingOf(pr);
    await github.reply(REPO, pr, comment, 'ada', 'False positive, I think.');
    await soon(async () => expect((await continuum.finding(id)).status).toBe('declined'));
    const words = 'False positive: the caller sets this folder.';
    const renamed = (payload: Record<string, unknown>) => {
      const told = Object(payload.comment);
      const user = { ...Object(told.user), login: 'ada-lovelace' };
      const at = new Date(Date.now() + 2_000).toISOString();
      const changes = { body: { from: told.body } };
      return { ...payload, action: 'edited', changes, comment: { ...told, user, body: words, updated_at: at } };
    };
    expect(await deliverLike(COMMENT, renamed)).toBe(202);
    await quiet();
    const said = (await continuum.messages('dev-updates')).filter(({ text }) =>
      text.includes('False positive, I think'),
    );
    expect(said).toEqual([]);
    const known = (await continuum.messages('dev-updates')).filter(({ text }) => text === words);
    expect(known.map(({ author }) => author.id)).toEqual(['ada']);
    const memories = (await continuum.memories({ repo: REPO, state: 'active' })).filter(
      ({ findingId }) => findingId === id,
    );
    expect(memories.some(({ reason, author }) => reason === words && author.id === 'ada')).toBe(true);
    expect((await continuum.finding(id)).status).toBe('declined');
  }, 120_000);
});
