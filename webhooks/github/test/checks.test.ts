import type { Annotation, CodeHost } from '@continuum/contract/ports/code-host';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failure, REPO, startWorld, type World } from './world.ts';

let world: World;
let pr: number;
let head: string;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.fake.stop());
beforeEach(async () => {
  world.fake.clearFaults();
  pr = await world.openPull();
  head = world.fake.headOf(REPO, pr);
});

type Check = Parameters<CodeHost['publishCheck']>[0];

const annotation = (nth: number): Annotation => ({
  ...{ path: 'src/a.js', startLine: nth, endLine: nth, level: 'warning', title: `t${nth}`, message: `m${nth}` },
});
const annotations = (count: number) => Array.from({ length: count }, (_, nth) => annotation(nth + 1));
const check = (more: Partial<Check> = {}): Check => ({
  ...{ repo: REPO, pr, key: 'check', head, status: 'completed', conclusion: 'neutral' },
  ...{ title: 'Two findings', summary: 'Look', annotations: [], ...more },
});
const stored = () => world.fake.checks(REPO, head);
const shown = () => stored().flatMap((one) => one.annotations.map((each) => each.title));

describe('the check run', () => {
  test('begins, then ends with annotations, and stays one', async () => {
    const begun = await world.host.publishCheck(check({ status: 'in_progress', title: 'Reviewing' }));
    expect(stored()).toMatchObject([
      { name: 'Continuum', status: 'in_progress', conclusion: null, title: 'Reviewing' },
    ]);
    const ended = await world.host.publishCheck(check({ annotations: annotations(2) }));
    expect(ended).toEqual(begun);
    expect(stored()).toMatchObject([
      {
        ...{ id: Number(begun.externalId), head, externalId: `continuum:${REPO}#${pr}@${head}` },
        ...{ status: 'completed', conclusion: 'neutral', title: 'Two findings', summary: 'Look' },
      },
    ]);
    expect(stored()[0]?.annotations[0]).toMatchObject({ path: 'src/a.js', start_line: 1, message: 'm1' });
  });

  test('takes more annotations than one request does, and is done only with the last of them', async () => {
    world.fake.failNext({ method: 'PATCH', path: /check-runs/, status: 502 });
    expect((await failure(world.host.publishCheck(check({ annotations: annotations(120) })))).retryable).toBe(true);
    expect(stored()).toMatchObject([{ status: 'in_progress', conclusion: null }]);
    await world.host.publishCheck(check({ annotations: annotations(120) }));
    expect(shown()).toEqual(annotations(120).map(({ title }) => title));
    expect(stored()).toMatchObject([{ status: 'completed', conclusion: 'neutral' }]);
  });

  test.each([
    ['the run', 'POST', 20],
    ['a batch', 'PATCH', 80],
  ])('nothing is doubled when the answer about %s was lost', async (_, method, count) => {
    world.fake.failNext({ method, path: /check-runs/, afterEffect: true });
    expect((await failure(world.host.publishCheck(check({ annotations: annotations(count) })))).retryable).toBe(true);
    await world.host.publishCheck(check({ annotations: annotations(count) }));
    await world.host.publishCheck(check({ annotations: annotations(count) }));
    expect(stored()).toHaveLength(1);
    expect(shown()).toEqual(annotations(count).map(({ title }) => title));
  });

  test('said once more, nothing is written', async () => {
    await world.host.publishCheck(check({ annotations: annotations(3) }));
    const writes = () => world.fake.requests.filter(({ method }) => method !== 'GET').length;
    const before = writes();
    await world.host.publishCheck(check({ annotations: annotations(3) }));
    expect(writes()).toBe(before);
  });

  test('a later review of the same head adds what is new', async () => {
    await world.host.publishCheck(check({ annotations: annotations(2) }));
    await world.host.publishCheck(check({ annotations: annotations(3), conclusion: 'failure' }));
    expect(shown()).toEqual(['t1', 't2', 't3']);
    expect(stored()).toMatchObject([{ conclusion: 'failure' }]);
  });

  test('two pull requests with one head have a run each', async () => {
    await world.fake.commit(REPO, `base-${pr}`, { 'README.md': 'x\n' });
    const { headRef } = await world.host.pullRequest({ repo: REPO, pr });
    const other = await world.fake.openPullRequest(REPO, {
      ...{ head: headRef, base: `base-${pr}`, title: 'Same', author: 'alice' },
    });
    const first = await world.host.publishCheck(check());
    const second = await world.host.publishCheck(check({ pr: other }));
    expect(second.externalId).not.toBe(first.externalId);
    expect(await world.host.publishCheck(check({ title: 'Again' }))).toEqual(first);
    expect(stored()).toHaveLength(2);
  });

  test('texts beyond the limits are cut', async () => {
    const long = { ...annotation(1), title: 'x'.repeat(300), message: 'y'.repeat(70_000) };
    await world.host.publishCheck(check({ title: 'z'.repeat(300), summary: 's'.repeat(70_000), annotations: [long] }));
    expect(stored()[0]?.annotations[0]?.title).toHaveLength(192);
    expect(stored()[0]?.title).toMatch(/^z+…$/);
  });

  test('who may not write checks is told that an App may', async () => {
    const body = { message: 'You must authenticate via a GitHub App.' };
    world.fake.failNext({ method: 'POST', path: /check-runs/, status: 403, body });
    const error = await failure(world.host.publishCheck(check()));
    expect([error.code, error.retryable]).toEqual(['CODE_HOST_REJECTED', false]);
    expect(error.next).toContain('only a GitHub App');
  });
});
