import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '@continuum/contract/finding';
import { readSettings } from '@continuum/host/settings';
import { ContinuumClient } from '@continuum/sdk/client';
import { createDeployment, type Deployment } from '@continuum/testing/deployment';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { findNatsServer, type NatsServer, startNats } from '@continuum/testing/servers/nats';
import type { LaunchedSystem } from '@continuum/testing/system';
import { createTestDatabase, type TestDatabase, testServer } from '@continuum/testing/test-database';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startDaemon } from '../src/continuum.ts';

const SECRET = 'a-webhook-secret';
const REPO = 'acme/shop';
const SCOPE = '/security/';
const LESSONS = 34;

let database: TestDatabase;
let nats: NatsServer;
let github: FakeGithub;
let deployment: Deployment;
let continuum: ContinuumClient;

/** A process by its name. */
function named(name: string): LaunchedSystem {
  const found = deployment.running().get(name);
  if (found === undefined) throw new Error(`${name} does not run`);
  return found;
}

function injection(name: string): string {
  return `const cp = require('child_process');\nmodule.exports.${name} = (req) => cp.exec('ls ' + req.query.dir);\n`;
}

async function open(branch: string): Promise<number> {
  await github.commit(REPO, branch, { [`src/${branch}.js`]: injection(branch) });
  return github.openPullRequest(REPO, { head: branch, base: 'main', title: branch, author: 'bob' });
}

/** Every pull request has its review, its one inline comment and its one summary. */
async function reviewedOnce(prs: readonly number[]): Promise<void> {
  const told = () =>
    prs.map((pr) => [pr, github.reviewComments(REPO, pr).length, github.issueComments(REPO, pr).length]);
  await vi.waitFor(() => expect(told()).toEqual(prs.map((pr) => [pr, 1, 1])), { timeout: 60_000, interval: 100 });
}

/** Those of the pull requests that have one finished review. */
async function reviewed(prs: readonly number[]): Promise<number[]> {
  const done = (await continuum.reviews({ repo: REPO })).filter(({ status }) => status === 'done');
  return prs.filter((each) => done.filter(({ pr }) => pr === each).length === 1);
}

async function readinessOf({ url }: LaunchedSystem): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/readyz`);
  return { status: answer.status, text: await answer.text() };
}

/** One file with one dynamic property access; every other one lies among the tests. */
function fileOf(index: number): string {
  const path = `${index % 2 === 0 ? 'test/unit' : 'src/core'}/find-${index}.js`;
  const lines = [
    `function find${index}(items, name) {`,
    '  return items[name];',
    '}',
    `module.exports = find${index};`,
  ];
  const added = lines.map((line) => `+${line}\n`).join('');
  return `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,4 @@\n${added}`;
}

async function lessons(): Promise<Finding[]> {
  const patch = Array.from({ length: LESSONS }, (_, index) => fileOf(index)).join('');
  const { findings } = await continuum.review({ patch, repo: REPO, title: 'Lessons', cap: 1000 });
  return findings.filter(({ scope }) => scope === SCOPE);
}

async function start(server: string): Promise<void> {
  [database, nats, github] = await Promise.all([createTestDatabase(server), startNats(), startFakeGithub()]);
  await github.createRepo(REPO, { collaborators: { alice: 'write' }, files: { 'README.md': '# shop\n' } });
  deployment = await createDeployment({
    NATS_URL: nats.url,
    DATABASE_URL: database.url,
    GITHUB_WEBHOOK_SECRET: SECRET,
    GITHUB_TOKEN: github.token,
    GITHUB_API_URL: github.url,
    GITHUB_THROTTLE: 'off',
  });
  await Promise.all([
    deployment.launch('intake', 'intake-1'),
    deployment.launch('persona', 'persona-1'),
    deployment.launch('persona', 'persona-2'),
    deployment.launch('training', 'training-1'),
    deployment.launch('genome', 'genome-1'),
    deployment.launch('gateway', 'gateway-1'),
  ]);
  continuum = new ContinuumClient({ url: named('gateway-1').url });
  github.setWebhook({ url: `${named('intake-1').url}/webhooks/github`, secret: SECRET });
}

async function stop(): Promise<void> {
  await deployment?.stop();
  await Promise.all([github?.stop(), nats?.stop()]);
  await database?.drop();
}

function suite(server: string): void {
  beforeAll(() => start(server), 120_000);
  afterAll(stop, 60_000);

  test('every process is ready for its own work, and serves its own', async () => {
    for (const [name, process] of deployment.running()) {
      expect([name, await readinessOf(process)]).toEqual([name, expect.objectContaining({ status: 200 })]);
      const api = await fetch(`${process.url}/api/v1/rooms`);
      expect([name, api.status]).toEqual([name, name === 'gateway-1' ? 200 : 404]);
    }
    const delivery = await fetch(`${named('gateway-1').url}/webhooks/github`, { method: 'POST', body: '{}' });
    expect(delivery.status).toBe(404);
  });

  test('a delivery at the intake becomes comments on GitHub, once, also when it comes again', async () => {
    const pr = await open('first');
    await reviewedOnce([pr]);
    const opened = github.deliveries.find(({ event }) => event === 'pull_request');
    await github.redeliver(opened?.deliveryId ?? '');
    await github.push(REPO, pr, { 'README.md': '# shop, again\n' });
    const done = async () => (await continuum.reviews({ repo: REPO, pr })).filter(({ status }) => status === 'done');
    await vi.waitFor(async () => expect(await done()).toHaveLength(2), { timeout: 60_000, interval: 100 });
    await reviewedOnce([pr]);
  });

  test('a scope that is entered at the gateway is entered everywhere', async () => {
    expect(await continuum.enterScope('security-ai', SCOPE)).toMatchObject({ scope: SCOPE, chain: [SCOPE, '/'] });
    await expect(continuum.enterScope('nobody', SCOPE)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await continuum.leaveScope('security-ai')).toMatchObject({ released: [] });
  });

  test('a training that is killed with -9 goes on in another process, from its checkpoint', async () => {
    const findings = await lessons();
    expect(findings.length).toBeGreaterThanOrEqual(LESSONS);
    for (const { id, path } of findings) {
      const [kind, value] = path.startsWith('test/')
        ? (['correction', 'wrong'] as const)
        : (['confirmation', 'right'] as const);
      await continuum.feedback({ findingId: id, kind, value, author: 'alice' });
    }
    const { jobId } = await continuum.train({ scope: SCOPE, options: { checkpointEvery: 1 } });
    const checkpoints = join(deployment.folder, 'genome', 'training', jobId);
    const begun = async () =>
      expect((await filesIn(checkpoints)).some((name) => name.startsWith('checkpoint'))).toBe(true);
    await vi.waitFor(begun, { timeout: 30_000, interval: 20 });
    await named('training-1').kill();
    await deployment.launch('training', 'training-2');
    // The second one asks for the same job, and waits for its end.
    const { progress, layer } = await continuum.train({ scope: SCOPE, wait: true });
    expect(progress).toMatchObject({ jobId, state: 'done' });
    expect(layer?.gates.length).toBeGreaterThan(0);
  }, 90_000);

  test('a graceful stop finishes what is in hand and loses nothing; a kill -9 does not either', async () => {
    const prs = [await open('stop-1'), await open('stop-2'), await open('stop-3')];
    expect(await named('persona-1').stop()).toBe(0);
    prs.push(await open('stop-4'));
    await reviewedOnce(prs);
    await deployment.launch('persona', 'persona-1');
    const more = [await open('kill-1'), await open('kill-2')];
    await named('persona-2').kill();
    // What it was about to write on GitHub is another's when its lease ends, in two minutes: deploy/try.mjs waits for that.
    await vi.waitFor(async () => expect(await reviewed(more)).toEqual(more), { timeout: 60_000, interval: 200 });
    for (const pr of more) {
      expect(github.reviewComments(REPO, pr).length).toBeLessThanOrEqual(1);
      expect(github.issueComments(REPO, pr).length).toBeLessThanOrEqual(1);
    }
    const letters: unknown = await (await fetch(`${named('gateway-1').url}/api/v1/dead-letters`)).json();
    expect(letters).toEqual([]);
  }, 90_000);

  test('without NATS nobody is ready, and everybody is again when it is back', async () => {
    await nats.kill();
    const gateway = named('gateway-1');
    const is = (status: number) => async () => expect(await readinessOf(gateway)).toMatchObject({ status });
    await vi.waitFor(is(503), { timeout: 20_000, interval: 200 });
    expect((await readinessOf(gateway)).text).toContain('"store":"ok"');
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    // Deliveries are taken all the same: the journal is what a 202 stands on.
    const pr = await open('while-away');
    await nats.restart();
    await vi.waitFor(is(200), { timeout: 20_000, interval: 200 });
    await reviewedOnce([pr]);
  }, 60_000);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  return entries.map((entry) => entry.split('/').at(-1) ?? '');
}

test('a daemon of its own says what it needs', async () => {
  const alone = startDaemon('intake', readSettings({ NATS_URL: 'nats://127.0.0.1:1' }), '/');
  await expect(alone).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/DATABASE_URL is not set/),
    next: expect.stringContaining('continuum start'),
  });
});

describe('separate processes on NATS and PostgreSQL', () => {
  const isWhole = testServer !== undefined && findNatsServer() !== undefined;
  if (testServer !== undefined && (isWhole || process.env.CONTINUUM_TEST_ALL === '1')) suite(testServer);
  else test.skip('set TEST_DATABASE_URL, and install nats-server', () => undefined);
});
