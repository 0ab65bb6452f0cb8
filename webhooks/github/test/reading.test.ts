import type { Hunk } from '@continuum/contract/change-set';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changedLines } from '../src/since.ts';
import { failure, REPO, startWorld, type World } from './world.ts';

let world: World;
let pr: number;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.fake.stop());
beforeEach(async () => {
  world.fake.clearFaults();
  pr = await world.openPull();
});

const since = async (before: string) => {
  const changed = await world.host.changedSince({ repo: REPO, pr }, before, world.fake.headOf(REPO, pr));
  return changed === undefined
    ? undefined
    : Object.fromEntries([...changed].map(([path, lines]) => [path, [...lines]]));
};

describe('what changed since a head', () => {
  test('added lines, the neighbour of lines that were taken out, new and removed files', async () => {
    const before = world.fake.headOf(REPO, pr);
    await world.fake.push(REPO, pr, { 'src/a.js': 'one\n2\nthree\n4\n5\n', 'new.js': 'n\n', 'src/other.js': null });
    await world.fake.push(REPO, pr, { 'src/a.js': 'one\nthree\n4\n5\n' });
    expect(await since(before)).toEqual({ 'new.js': [1], 'src/a.js': [2, 3, 4], 'src/other.js': [] });
    expect(await since(world.fake.headOf(REPO, pr))).toEqual({});
  });

  test('everything, after a force push, and for a commit that GitHub forgot', async () => {
    const before = world.fake.headOf(REPO, pr);
    await world.fake.forcePush(REPO, pr, { 'src/a.js': 'one\n2\n' });
    expect(await since(before)).toBeUndefined();
    expect(await since('1'.repeat(40))).toBeUndefined();
  });

  test('everything, where GitHub shows only a part', async () => {
    const before = world.fake.headOf(REPO, pr);
    await world.fake.push(REPO, pr, { 'big.txt': `${'x'.repeat(999)}\n`.repeat(1100) });
    expect(await since(before)).toBeUndefined();
  });

  test('lines are those of the new file, whatever a hunk does', () => {
    const line = fc.constantFrom<Hunk['lines'][number]['kind']>('add', 'delete', 'context');
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), fc.integer({ min: 1, max: 50 }), (kinds, start) => {
        let next = start;
        const lines = kinds.map((kind) => {
          const newLine = kind === 'delete' ? {} : { newLine: next++ };
          return { kind, text: '', ...newLine };
        });
        const changed = changedLines([{ oldStart: 1, newStart: start, lines }]);
        expect(changed.size > 0).toBe(kinds.some((kind) => kind !== 'context'));
        for (const at of changed) expect(at >= start && at < Math.max(next, start + 1)).toBe(true);
        for (const { kind, newLine } of lines)
          if (kind === 'add' && newLine !== undefined) expect(changed).toContain(newLine);
      }),
    );
  });
});

describe('context', () => {
  test('title, body, commits and the issues that it closes, here and elsewhere', async () => {
    await world.fake.createRepo(`acme/plans-${pr}`);
    const here = await world.fake.issue(REPO, { title: 'Counting', body: 'It stops at two.', author: 'bob' });
    const there = await world.fake.issue(`acme/plans-${pr}`, { title: 'Numbers', body: '', author: 'bob' });
    const body = `Fixes #${here} and closes acme/plans-${pr}#${there}; see #1.`;
    const number = await world.openPull({ title: 'Count further', body });
    await world.fake.push(REPO, number, { 'src/a.js': 'one\n' }, 'Shorter\n\nBecause.');
    expect(await world.host.context({ repo: REPO, pr: number })).toEqual({
      ...{ title: 'Count further', body, commits: ['Count on', 'Shorter\n\nBecause.'] },
      issues: [
        {
          ...{ key: `#${here}`, title: 'Counting', description: 'It stops at two.', state: 'open' },
          url: `${world.fake.url}/${REPO}/issues/${here}`,
        },
        expect.objectContaining({ key: `acme/plans-${pr}#${there}`, title: 'Numbers', description: '' }),
      ],
    });
  });

  test('is cut to a bound', async () => {
    const number = await world.openPull({ body: '😀'.repeat(30_000) });
    const { body } = await world.host.context({ repo: REPO, pr: number });
    expect([body.length, body.isWellFormed()]).toEqual([20_000, true]);
  });

  test('issues that we may not read are left out', async () => {
    const pull = { title: 't', body: 'b', commits: { nodes: [] }, closingIssuesReferences: { nodes: [null] } };
    const errors = [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }];
    const answer = { data: { repository: { pullRequest: pull } }, errors };
    world.fake.failNext({ path: /graphql/, status: 200, body: answer });
    expect(await world.host.context({ repo: REPO, pr })).toEqual({ title: 't', body: 'b', commits: [], issues: [] });
  });
});

describe('a file at a commit', () => {
  test('is its text, and nothing where there is none', async () => {
    const head = world.fake.headOf(REPO, pr);
    const { baseSha } = await world.host.pullRequest({ repo: REPO, pr });
    await world.fake.push(REPO, pr, { 'sub dir/é.json': '{"a":1}', 'logo.png': Uint8Array.from([255, 254, 0]) });
    const read = (path: string, commit: string) => world.host.file(REPO, path, commit);
    expect(await read('src/a.js', baseSha)).toBe('one\ntwo\nthree\n');
    expect(await read('src/a.js', head)).toBe('one\n2\nthree\nfour\n');
    const now = world.fake.headOf(REPO, pr);
    expect(await read('sub dir/é.json', now)).toBe('{"a":1}');
    expect(await read('sub dir/é.json', head)).toBeUndefined();
    expect(await read('src', now)).toBeUndefined();
    expect(await read('logo.png', now)).toBeUndefined();
    expect(await read('src/a.js', '1'.repeat(40))).toBeUndefined();
  });
});

describe('a pull request', () => {
  test('of a fork says so and reads like any other', async () => {
    await world.fake.createRepo(`mallory/shop-${pr}`, { forkOf: REPO });
    await world.fake.commit(`mallory/shop-${pr}`, 'evil', { 'src/a.js': 'evil\n' }, 'Help');
    const number = await world.fake.openPullRequest(REPO, {
      ...{ head: 'evil', headRepo: `mallory/shop-${pr}`, title: 'Help', author: 'mallory', labels: ['continuum:skip'] },
    });
    expect(await world.host.pullRequest({ repo: REPO, pr: number })).toMatchObject({
      ...{ fork: true, headRef: 'evil', baseRef: 'main', labels: ['continuum:skip'], body: '' },
    });
    expect(await world.host.pullRequest({ repo: REPO, pr })).toMatchObject({ fork: false, labels: [] });
    const before = world.fake.headOf(REPO, number);
    await world.fake.push(REPO, number, { 'src/b.js': 'b\n' });
    const change = await world.host.changeSet({ repo: REPO, pr: number });
    expect(change.files.map(({ path }) => path)).toEqual(['src/a.js', 'src/b.js']);
    const changed = await world.host.changedSince({ repo: REPO, pr: number }, before, change.head ?? '');
    expect([...(changed?.keys() ?? [])]).toEqual(['src/b.js']);
  });
});

describe('GraphQL failures', () => {
  const ask = (body: unknown, headers = {}) => {
    world.fake.failNext({ path: /graphql/, status: 200, body, headers });
    return failure(world.host.voices({ repo: REPO, pr }));
  };

  test.each([
    ['RATE_LIMITED', 'API rate limit exceeded', 'CODE_HOST_UNAVAILABLE'],
    [undefined, 'Something went wrong while executing your query.', 'CODE_HOST_UNAVAILABLE'],
    ['FORBIDDEN', 'Resource not accessible by integration', 'CODE_HOST_REJECTED'],
    ['NOT_FOUND', 'Could not resolve to a PullRequest', 'CODE_HOST_REJECTED'],
    [undefined, "Field 'fullDatabaseId' doesn't exist on type 'IssueComment'", 'CODE_HOST_REJECTED'],
  ])('%s "%s" is %s', async (type, message, code) => {
    const error = await ask({ data: null, errors: [{ type, message }] });
    expect([error.code, error.retryable]).toEqual([code, code === 'CODE_HOST_UNAVAILABLE']);
    expect(error.next).toBeTruthy();
  });

  test('a rate limit says when it ends', async () => {
    const reset = String(Math.ceil(Date.now() / 1000) + 30);
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    const error = await ask({ errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] }, headers);
    expect(error.retryAfterMs).toBeGreaterThan(20_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(31_000);
  });

  test('an answer of another shape is refused', async () => {
    expect((await ask({ data: { repository: null } })).code).toBe('CODE_HOST_REJECTED');
  });
});
