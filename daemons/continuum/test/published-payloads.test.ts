import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { ContinuumClient } from '@continuum/sdk/client';
import { deliveryHeaders } from '@continuum/testing/github/deliveries';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const SECRET = 'a-webhook-secret';
const PATIENCE = { timeout: 120_000, interval: 200 };
/** The repository and the pull request that most of the payloads are about. */
const REPO = 'Codertocat/Hello-World';
const PR = 2;

interface Group {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

// The package is one JSON file; its types describe another kind of module.
const require = createRequire(import.meta.url);
const groups: readonly Group[] = require('@octokit/webhooks-examples');

let place: Awaited<ReturnType<typeof freshHome>>;
let github: FakeGithub;
let system: LaunchedSystem;
let continuum: ContinuumClient;

beforeAll(async () => {
  place = await freshHome();
  github = await startFakeGithub();
  await github.createRepo(REPO, { collaborators: { Codertocat: 'write' } });
  await github.issue(REPO, { title: 'Spelling error in the README file', body: '', author: 'Codertocat' });
  await github.commit(REPO, 'changes', { 'src/run.js': 'module.exports = (req) => eval(req.query.code);\n' });
  const opened = await github.openPullRequest(REPO, { head: 'changes', title: 'Update', author: 'Codertocat' });
  expect(opened).toBe(PR);
  system = await launchSystem(place.home, {
    GITHUB_WEBHOOK_SECRET: SECRET,
    GITHUB_TOKEN: github.token,
    GITHUB_API_URL: github.url,
    GITHUB_THROTTLE: 'off',
  });
  continuum = new ContinuumClient({ url: system.url });
}, 180_000);
afterAll(async () => {
  await system?.stop();
  await github?.stop();
  await place?.remove();
});

async function deliver(event: string, payload: object): Promise<[number, unknown]> {
  const body = JSON.stringify(payload);
  const headers = deliveryHeaders({ deliveryId: randomUUID(), event, body }, SECRET);
  const answer = await fetch(`${system.url}/webhooks/github`, { method: 'POST', headers, body });
  return [answer.status, await answer.json()];
}

describe('every payload that GitHub publishes, delivered to a running system', () => {
  let accepted = 0;

  test('is taken in, and nobody fails at it', async () => {
    for (const { name, examples } of groups) {
      for (const payload of examples) {
        expect(await deliver(name, payload), name).toMatchObject([202, { status: 'accepted' }]);
        accepted += 1;
      }
    }
    expect(accepted).toBe(329);
    await vi.waitFor(async () => {
      const { backlog, outbox, journalPendingBytes } = await continuum.operations();
      expect(Object.values(backlog).filter((waiting) => waiting > 0)).toEqual([]);
      expect([outbox.pending, outbox.running, journalPendingBytes]).toEqual([0, 0, 0]);
    }, PATIENCE);
    expect(await continuum.deadLetters()).toEqual([]);
    expect(system.running()).toBe(true);
  }, 300_000);

  test('has its effect where it is one of those that we handle', async () => {
    const reviews = await continuum.reviews({ repo: REPO, pr: PR });
    expect(reviews.map(({ status }) => status)).toEqual(['done']);
    expect(github.reviewComments(REPO, PR).map(({ path }) => path)).toEqual(['src/run.js']);
    const room = await continuum.messages('dev-updates');
    const comments = room.filter(({ source }) => source.externalId === '284312630');
    expect(comments.map(({ text }) => text)).toEqual(['Maybe you should use more emoji on this line.']);
    const failures = room.filter(({ source }) => source.kind === 'ci');
    expect(failures.map(({ text }) => text)).toEqual([
      expect.stringMatching(/failed on .* of Codertocat\/Hello-World/),
    ]);
    // Comments on plain issues, reviews without words, and events that nobody handles say nothing.
    expect(room.filter(({ author }) => author.kind === 'person')).toHaveLength(comments.length);
    const effects = { reviews: reviews.length, comments: comments.length, failures: failures.length };
    console.log(JSON.stringify({ payloads: accepted, ...effects }));
  });
});
