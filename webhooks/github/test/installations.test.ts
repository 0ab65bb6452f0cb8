import type { CodeHost } from '@continuum/contract/ports/code-host';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createGithubHost } from '../src/code-host.ts';
import { failure, REPO, startWorld, type World } from './world.ts';

const ALL = { checks: 'write', contents: 'write', issues: 'write', metadata: 'read', pull_requests: 'write' } as const;

let world: World;
let host: CodeHost;
let pr: number;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.fake.stop());
beforeEach(async () => {
  world.fake.clearFaults();
  await world.fake.setInstallation({ state: 'installed', permissions: ALL });
  host = createGithubHost({ apiUrl: world.fake.url, app: world.fake.app(), throttle: false });
  pr = await world.openPull();
});

const where = () => ({ repo: REPO, pr });
const check = () => ({
  ...{ ...where(), key: 'k', head: world.fake.headOf(REPO, pr), status: 'completed' as const },
  ...{ title: 't', summary: 's', annotations: [] },
});
const tokens = () => world.fake.requests.filter(({ path }) => path.endsWith('/access_tokens')).length;

describe("an App's token", () => {
  test('is asked for once, reaches one repository, and does all of the work there', async () => {
    await world.fake.createRepo(`acme/secret-${pr}`, { private: true });
    const before = tokens();
    const comment = await world.fake.reviewComment(REPO, pr, 'alice', { path: 'src/a.js', line: 2, body: 'hm' });
    await Promise.all([
      host.changeSet(where()),
      host.context(where()),
      host.voices(where()),
      host.publishCheck(check()),
    ]);
    await host.upsertSummary({ ...where(), key: 's', body: 'Summary' });
    await host.react({ ...where(), key: 'e', commentId: String(comment), place: 'review', emoji: 'eyes' });
    expect(await host.permission(REPO, 'alice')).toBe('write');
    expect(tokens() - before).toBe(1);
    expect(await host.file(`acme/secret-${pr}`, 'README.md', 'main')).toContain('secret');
    expect(tokens() - before).toBe(2);
  });

  test('that closes threads is another one, the only one that may write contents', async () => {
    const comment = await world.fake.reviewComment(REPO, pr, 'alice', { path: 'src/a.js', line: 2, body: 'hm' });
    await host.voices(where());
    const before = tokens();
    expect(await host.resolveThread({ ...where(), key: 'r', commentId: String(comment) })).toBe(true);
    expect(tokens() - before).toBe(1);
  });

  test('asks for nothing that was not granted, and what needs it says so', async () => {
    await world.fake.setInstallation({ permissions: { contents: 'read', metadata: 'read', pull_requests: 'write' } });
    await host.upsertSummary({ ...where(), key: 's', body: 'Summary' });
    const comment = await world.fake.reviewComment(REPO, pr, 'alice', { path: 'src/a.js', line: 2, body: 'hm' });
    const refused = await Promise.all([
      failure(host.publishCheck(check())),
      failure(host.resolveThread({ ...where(), key: 'r', commentId: String(comment) })),
    ]);
    expect(refused.map(({ code, retryable }) => [code, retryable])).toEqual(
      Array(2).fill(['CODE_HOST_REJECTED', false]),
    );
    expect(refused.map(({ next }) => next)).toEqual([
      expect.stringContaining('Checks: write'),
      expect.stringContaining('Contents: write'),
    ]);
  });

  test('that GitHub does not take any more is replaced, and the write happens once', async () => {
    await host.pullRequest(where());
    await world.fake.setInstallation({ state: 'removed' });
    await world.fake.setInstallation({ state: 'installed' });
    await host.upsertSummary({ ...where(), key: 's', body: 'Summary' });
    expect(world.fake.issueComments(REPO, pr)).toHaveLength(1);
  });

  test('that is new is tried again until GitHub knows it', async () => {
    world.fake.failNext({ path: /pulls\/\d+$/, status: 401, times: 2 });
    expect(await host.pullRequest(where())).toMatchObject({ pr });
  });
});

describe('an installation', () => {
  test.each([
    ['removed', 'Install the App'],
    ['suspended', 'suspension'],
  ] as const)('that is %s in mid-review ends it with what to do, and no retry', async (state, next) => {
    await host.changeSet(where());
    await world.fake.setInstallation({ state });
    const work = host.publishReview({ ...where(), key: 'k', commit: check().head, body: 'Findings', comments: [] });
    const error = await failure(work);
    expect([error.code, error.retryable]).toEqual(['CODE_HOST_REJECTED', false]);
    expect(error.next).toContain(next);
    await world.fake.setInstallation({ state: 'installed' });
    expect(await host.pullRequest(where())).toMatchObject({ pr });
  });

  test('that never was is told apart from a repository that is not there', async () => {
    expect((await failure(host.pullRequest({ repo: 'acme/nowhere', pr: 1 }))).message).toContain(
      'not installed on acme/nowhere',
    );
  });

  test('is asked for again when GitHub was away', async () => {
    world.fake.failNext({ path: /\/installation$/, status: 503 });
    world.fake.failNext({ path: /access_tokens$/, status: 503 });
    expect((await failure(host.pullRequest(where()))).retryable).toBe(true);
    expect((await failure(host.pullRequest(where()))).retryable).toBe(true);
    expect(await host.pullRequest(where())).toMatchObject({ pr });
  });
});

describe('GitHub Enterprise Server', () => {
  test.each(['', '/'])('has REST below /api/v3%s and GraphQL at /api/graphql', async (end) => {
    const own = createGithubHost({ apiUrl: `${world.fake.url}/api/v3${end}`, app: world.fake.app(), throttle: false });
    expect(await own.pullRequest(where())).toMatchObject({ title: 'Change a' });
    expect(await own.context(where())).toMatchObject({ title: 'Change a', commits: ['Count on'] });
    await own.publishCheck(check());
    await own.publishCheck(check());
    expect(world.fake.checks(REPO, check().head)).toHaveLength(1);
  });

  test('a GraphQL rate limit comes through the throttle as what it is', async () => {
    const throttled = createGithubHost({ apiUrl: world.fake.url, token: world.fake.token });
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 30) };
    const body = { data: null, errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] };
    world.fake.failNext({ path: /graphql/, status: 200, body, headers });
    const error = await failure(throttled.context(where()));
    expect([error.code, error.retryable]).toEqual(['CODE_HOST_UNAVAILABLE', true]);
    expect(error.retryAfterMs).toBeGreaterThan(20_000);
  });
});
