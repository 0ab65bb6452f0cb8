import type { Ticket } from '@continuum/contract/source';
import type { FakeGithub } from '@continuum/testing/github/fake';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { injection, type PersonaSystem, REPO, startPersonas } from './system.ts';

const TICKET: Ticket = {
  ...{ key: 'ENG-42', title: 'Limit uploads', description: 'At most 5 MB.', state: 'In Progress' },
  url: 'https://linear.app/acme/issue/ENG-42',
};

let system: PersonaSystem;
let asked: string[] = [];
beforeAll(async () => {
  const tracker = {
    source: 'linear',
    async ticket(key: string) {
      asked.push(key);
      return key === TICKET.key ? TICKET : undefined;
    },
    async comment() {
      throw new Error('nobody comments on tickets here');
    },
  } as const;
  system = await startPersonas({}, { asApp: true, trackers: [tracker] });
}, 120_000);
afterAll(() => system?.close());

type Opened = Parameters<FakeGithub['openPullRequest']>[1];
const reviews = (pr: number) => system.runtime.store.reviews.list({ repo: REPO, pr });
const summaryOf = (pr: number): string => system.github.issueComments(REPO, pr)[0]?.body ?? '';

async function open(
  branch: string,
  files: Readonly<Record<string, string>>,
  more: Partial<Opened> = {},
): Promise<number> {
  await system.github.commit(more.headRepo ?? REPO, branch, files);
  const input = { head: branch, base: 'main', title: branch, author: 'bob', ...more };
  const pr = await system.github.openPullRequest(REPO, input);
  await system.settled();
  return pr;
}

test('a draft waits until it is ready, and a closed one is left alone', async () => {
  const pr = await open('draft', { 'src/draft.js': injection('draft') }, { draft: true });
  await system.github.push(REPO, pr, { 'src/more.js': 'module.exports = 1;\n' });
  await system.settled();
  expect(await reviews(pr)).toEqual([]);
  expect(system.github.checks(REPO)).toEqual([]);
  await system.github.markReady(REPO, pr);
  await system.settled();
  expect(await reviews(pr)).toHaveLength(1);
  await system.github.close(REPO, pr, 'merged');
  await system.settled();
  const caller = { kind: 'system', id: 'test' } as const;
  const late = await system.runtime.commands.execute('review/pull-request', { repo: REPO, pr }, { caller });
  expect(late).toEqual({ because: 'It is closed.' });
}, 60_000);

test('the label continuum:skip keeps reviews away, and the check says so', async () => {
  const pr = await open('skipped', { 'src/skip.js': injection('skip') }, { labels: ['continuum:skip'] });
  expect(await reviews(pr)).toEqual([]);
  const [check] = system.github.checks(REPO, system.github.headOf(REPO, pr));
  expect(check).toMatchObject({
    status: 'completed',
    conclusion: 'skipped',
    summary: expect.stringContaining('label'),
  });
}, 60_000);

test('the summary tells what the change is for: its title, the issue it closes, the ticket it names', async () => {
  asked = [];
  const issue = await system.github.issue(REPO, { title: 'Uploads fill the disk', body: 'See above.', author: 'ann' });
  const more = { title: 'Limit the size of uploads', body: `Fixes #${issue}` };
  const pr = await open('ada/eng-42-uploads', { 'src/upload.js': 'module.exports = 5e6;\n' }, more);
  expect(asked).toEqual(['ENG-42']);
  const intent = 'Intent: Limit the size of uploads';
  expect(summaryOf(pr)).toContain(intent);
  expect(summaryOf(pr)).toContain('Uploads fill the disk');
  expect(summaryOf(pr)).toContain('[ENG-42](https://linear.app/acme/issue/ENG-42) Limit uploads');
}, 60_000);

test('a pull request from a fork is reviewed on the terms of the base, and written to there only', async () => {
  await system.github.createRepo('mallory/shop', { forkOf: REPO });
  const files = { 'src/fork.js': injection('fork'), 'continuum.config.json': '{"ignore":["**"]}' };
  const pr = await open('fork', files, { headRepo: 'mallory/shop', author: 'mallory' });
  expect((await reviews(pr))[0]).toMatchObject({ status: 'done', stats: { posted: 1 } });
  expect(system.github.checks(REPO, system.github.headOf(REPO, pr))).toHaveLength(1);
  const written = system.github.requests.filter(({ method }) => method !== 'GET');
  expect(written.filter(({ path }) => path.includes('mallory'))).toEqual([]);
}, 60_000);

test('a large change is read in parts, the most dangerous files first, and the summary says so', async () => {
  const long = Array.from({ length: 1_500 }, (_, n) => `module.exports.n${n} = ${n};`).join('\n');
  const files = { 'src/a.js': `${long}\n`, 'src/b.js': `${long}\n`, 'src/auth/login.js': injection('login') };
  const pr = await open('large', files);
  expect((await reviews(pr))[0]).toMatchObject({ parts: 2, stats: { files: 3, posted: 1 } });
  expect(summaryOf(pr)).toContain('in 2 parts, the most dangerous files first');
}, 60_000);

test('an App that is taken away in mid-review ends it with an error that says so, and nothing is tried again', async () => {
  const { store } = system.runtime;
  const gone = { message: 'Not Found' };
  system.github.failNext({ method: 'POST', path: /\/pulls\/\d+\/reviews$/, status: 404, body: gone });
  const pr = await open('gone', { 'src/gone.js': injection('gone') });
  const dead = (await store.outbox.list('dead', 10)).filter(({ command }) => command === 'github/review');
  expect(dead.map(({ attempts, error }) => [attempts, error])).toEqual([
    [1, expect.stringMatching(/CODE_HOST_REJECTED.*404/)],
  ]);
  expect((await reviews(pr))[0]).toMatchObject({ status: 'done', stats: { posted: 1 } });
  expect(await store.outbox.pending()).toBe(0);
}, 60_000);
