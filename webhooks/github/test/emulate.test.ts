import { FindingId } from '@continuum/contract/ids';
import { startFakeGithub } from '@continuum/testing/github/fake';
import { createEmulator } from 'emulate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGithubHost } from '../src/code-host.ts';
import { field, isObject } from './examples.ts';
import { type Receiver, startReceiver } from './receiver.ts';

// emulate is an independent imitation of GitHub by other people: where it is complete, ours must agree with it.
// Its list of changed files is a stub, so line comments and change sets are left to our own.

const SECRET = 'shared secret';
const REPO = 'octocat/hello';

interface Server {
  readonly url: string;
  readonly token: string;
  readonly app: { readonly id: string; readonly privateKey: string };
  readonly close: () => Promise<void>;
}

let receiver: Receiver;
let emulated: Server;
let ours: Server;

async function call(server: Server, method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${server.url}${path}`, { method, headers, ...sent });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function startEmulated(): Promise<Server> {
  const installations = [{ installation_id: 100, account: 'octocat' }];
  const permissions = { checks: 'write', contents: 'write', issues: 'write', metadata: 'read', pull_requests: 'write' };
  const apps = [{ app_id: 12_345, slug: 'my-app', name: 'My App', installations, permissions }];
  const repos = [{ owner: 'octocat', name: 'hello', auto_init: true }];
  const seed = {
    tokens: { tok: { login: 'octocat', scopes: ['repo', 'admin:repo_hook'] } },
    github: { users: [{ login: 'octocat' }, { login: 'alice' }], repos, apps },
  };
  const emulator = await createEmulator({ service: 'github', port: 0, seed });
  const key = emulator.generatedSecrets.find(({ kind }) => kind === 'github.app_private_key')?.value ?? '';
  const app = { id: '12345', privateKey: key };
  return { url: emulator.url, token: 'tok', app, close: () => emulator.close() };
}

async function openEmulatedPull(server: Server): Promise<void> {
  const hook = { name: 'web', config: { url: receiver.url, content_type: 'json', secret: SECRET }, events: ['*'] };
  await call(server, 'POST', `/repos/${REPO}/hooks`, hook);
  const ref = await call(server, 'GET', `/repos/${REPO}/git/ref/heads/main`);
  await call(server, 'POST', `/repos/${REPO}/git/refs`, { ref: 'refs/heads/work', sha: field(ref, 'object', 'sha') });
  const content = Buffer.from('one\ntwo\n').toString('base64');
  await call(server, 'PUT', `/repos/${REPO}/contents/a.js`, { message: 'm', content, branch: 'work' });
  await call(server, 'POST', `/repos/${REPO}/pulls`, { title: 'Work', head: 'work', base: 'main' });
}

async function startOurs(): Promise<Server> {
  const fake = await startFakeGithub();
  await fake.createRepo(REPO);
  await fake.commit(REPO, 'work', { 'a.js': 'one\ntwo\n' });
  await fake.openPullRequest(REPO, { head: 'work', title: 'Work', author: 'octocat' });
  return { url: fake.url, token: fake.token, app: fake.app(), close: fake.stop };
}

beforeAll(async () => {
  receiver = await startReceiver(SECRET);
  [emulated, ours] = await Promise.all([startEmulated(), startOurs()]);
  await openEmulatedPull(emulated);
});
afterAll(async () => {
  await Promise.all([emulated.close(), ours.close()]);
  await receiver.close();
});

function keys(value: unknown): string[] {
  return isObject(value) ? Object.keys(value).sort() : [];
}
function without(list: readonly string[], others: readonly string[]): string[] {
  return list.filter((key) => !others.includes(key));
}

test.each([
  ['a repository', `/repos/${REPO}`, [], ['custom_properties', 'web_commit_signoff_required']],
  ['its owner', `/repos/${REPO}`, ['owner'], []],
  ['a pull request', `/repos/${REPO}/pulls/1`, [], ['active_lock_reason']],
  ['its head', `/repos/${REPO}/pulls/1`, ['head'], []],
  ['its links', `/repos/${REPO}/pulls/1`, ['_links'], []],
  ['a permission', `/repos/${REPO}/collaborators/octocat/permission`, [], []],
])('%s has the same keys on both', async (_, path, below, onlyOurs) => {
  const [theirs, mine] = await Promise.all([call(emulated, 'GET', path), call(ours, 'GET', path)]);
  const [theirKeys, myKeys] = [keys(field(theirs, ...below)), keys(field(mine, ...below))];
  expect(theirKeys.length).toBeGreaterThan(2);
  expect({ onlyOurs: without(myKeys, theirKeys), used: myKeys.length > 2 }).toEqual({ onlyOurs, used: true });
  expect(without(theirKeys, myKeys).filter((key) => !NOT_NEEDED.has(key))).toEqual([]);
});

/** Settings of a repository that webhooks leave out and nobody here reads. */
const NOT_NEEDED = new Set([
  ...['allow_auto_merge', 'allow_forking', 'allow_merge_commit', 'allow_rebase_merge', 'allow_squash_merge'],
  ...['delete_branch_on_merge', 'has_discussions', 'permissions', 'temp_clone_token', 'network_count'],
  ...['subscribers_count', 'merge_commit_message', 'merge_commit_title', 'squash_merge_commit_message'],
  ...['squash_merge_commit_title', 'allow_update_branch', 'use_squash_pr_title_as_default', 'user_view_type'],
]);

test('a comment has the same keys on both', async () => {
  const path = `/repos/${REPO}/issues/1/comments`;
  const [theirs, mine] = await Promise.all(
    [emulated, ours].map((server) => call(server, 'POST', path, { body: 'hi' })),
  );
  expect(keys(mine)).toEqual(keys(theirs));
});

test('the code host works on emulate: pull request, permission, summary in place, comment once', async () => {
  const host = createGithubHost({ apiUrl: emulated.url, token: emulated.token, throttle: false });
  const where = { repo: REPO, pr: 1 };
  expect(await host.pullRequest(where)).toMatchObject({ title: 'Work', author: 'octocat', state: 'open' });
  expect(await host.permission(REPO, 'octocat')).toBe('admin');
  const summary = await host.upsertSummary({ ...where, key: 's1', body: 'one' });
  expect(await host.upsertSummary({ ...where, key: 's2', body: 'two' })).toMatchObject({
    externalId: summary.externalId,
  });
  const comment = await host.comment({ ...where, key: 'c', body: 'hello' });
  expect(await host.comment({ ...where, key: 'c', body: 'hello' })).toEqual(comment);
  const comments = [{ findingId: FindingId.parse('f1'), path: 'a.js', line: 1, body: 'Look' }];
  const review = { ...where, key: 'r', commit: 'work', body: 'A review', comments };
  const posted = await host.publishReview(review);
  expect(posted.comments).toMatchObject([{ findingId: 'f1', externalId: `review:${posted.externalId}` }]);
  expect(await host.publishReview(review)).toEqual(posted);
});

test('App authentication as emulate checks it', async () => {
  const host = createGithubHost({ apiUrl: emulated.url, app: emulated.app, throttle: false });
  expect(await host.pullRequest({ repo: REPO, pr: 1 })).toMatchObject({ title: 'Work' });
});

test('the check run on emulate: begun, ended with annotations, one, and with the keys of ours', async () => {
  const where = { repo: REPO, pr: 1 };
  const runs: unknown[] = [];
  for (const server of [emulated, ours]) {
    const host = createGithubHost({ apiUrl: server.url, app: server.app, throttle: false });
    const { headSha: head } = await host.pullRequest(where);
    const check = { ...where, key: 'check', head, title: 'Findings', summary: 'Look', annotations: [] };
    const begun = await host.publishCheck({ ...check, status: 'in_progress' });
    // emulate replaces annotations where GitHub adds to them, so one request has to hold them all.
    const annotations = Array.from({ length: 50 }, (_, nth) => ({
      ...{ path: 'a.js', startLine: 1, endLine: 1, level: 'warning' as const, title: `t${nth}`, message: 'm' },
    }));
    const ended = { ...check, status: 'completed' as const, conclusion: 'neutral' as const, annotations };
    expect(await host.publishCheck(ended)).toEqual(begun);
    expect(await host.publishCheck(ended)).toEqual(begun);
    const run = await call(server, 'GET', `/repos/${REPO}/check-runs/${begun.externalId}`);
    expect(run).toMatchObject({ status: 'completed', conclusion: 'neutral', output: { annotations_count: 50 } });
    runs.push(run);
  }
  const [theirs, mine] = runs;
  expect(without(keys(mine), keys(theirs))).toEqual([]);
});

// emulate's issue_comment leaves out `issue.pull_request`, which GitHub always sends, so that one is not compared.
test("emulate's signatures and payloads are read", async () => {
  const pull = await call(emulated, 'GET', `/repos/${REPO}/pulls/1`);
  const line = { path: 'a.js', line: 1, side: 'RIGHT', commit_id: field(pull, 'head', 'sha') };
  await call(emulated, 'POST', `/repos/${REPO}/pulls/1/comments`, { body: 'from emulate', ...line });
  await expect
    .poll(() => receiver.received.map(({ parsed }) => parsed))
    .toContainEqual(
      expect.objectContaining({ kind: 'comment', place: 'review', pr: 1, body: 'from emulate', line: 1 }),
    );
  const opened = receiver.received.find(({ delivery }) => delivery.event === 'pull_request');
  expect(opened?.parsed).toMatchObject({ kind: 'pull_request', action: 'opened', pr: 1, repo: REPO });
});
