import { toContinuumError } from '@continuum/contract/errors';
import type { Tracker } from '@continuum/contract/ports/tracker';
import { type FakeJira, startFakeJira } from '@continuum/testing/jira/fake';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { adfToMarkdown } from '../src/adf-to-markdown.ts';
import { signOff } from '../src/sign-off.ts';
import { createJiraTracker } from '../src/tracker.ts';

let jira: FakeJira;
const NOW = new Date('2026-03-01T12:00:00Z');

beforeAll(async () => {
  jira = await startFakeJira();
  await jira.createIssue('SHOP-7', 'Ada', { summary: 'Passkeys', description: 'Without passwords.' });
});
afterAll(() => jira.stop());
afterEach(() => jira.clearFaults());

const fresh = (apiToken = jira.apiToken): Tracker =>
  createJiraTracker({ url: `${jira.url}/`, email: jira.email, apiToken, now: () => NOW });
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => toContinuumError(error),
  );
const said = (words: string) => jira.comments('SHOP-7').filter(({ body }) => adfToMarkdown(body).startsWith(words));

test('a ticket is read once and as it stands; one that is not there is undefined', async () => {
  const tracker = fresh();
  const before = jira.requests.length;
  expect(await tracker.ticket('SHOP-7')).toEqual({
    ...{ key: 'SHOP-7', title: 'Passkeys', description: 'Without passwords.', state: 'To Do' },
    url: `${jira.url}/browse/SHOP-7`,
  });
  await tracker.ticket('SHOP-7');
  expect(jira.requests.length - before).toBe(1);
  expect(await tracker.ticket('SHOP-999')).toBeUndefined();
});

test('a key that is none of Jira is not asked for', async () => {
  const before = jira.requests.length;
  for (const key of ['shop-7', '../myself', 'SHOP-7/comment', '']) expect(await fresh().ticket(key)).toBeUndefined();
  expect(jira.requests.length).toBe(before);
});

describe('comments', () => {
  test('stand once per key, say where, and end with our line', async () => {
    const input = { key: 'once', ticket: 'SHOP-7', body: 'It **works**:\n\n```ts\nf();\n```' };
    const first = await fresh().comment(input);
    expect(await fresh().comment(input)).toEqual(first);
    expect(first.url).toBe(`${jira.url}/browse/SHOP-7?focusedCommentId=${first.externalId}`);
    const [comment, ...others] = said('It **works**');
    expect(others).toEqual([]);
    expect(adfToMarkdown(comment?.body)).toBe(`It **works**:\n\n\`\`\`ts\nf();\n\`\`\`\n\n_${signOff('once')}_`);
  });

  test('is found behind a hundred newer ones, and one that quotes it is not taken for it', async () => {
    const input = { key: 'old', ticket: 'SHOP-7', body: 'Old news' };
    const first = await fresh().comment(input);
    for (let n = 0; n < 110; n += 1) await jira.comment('SHOP-7', 'Ada', `${signOff('old')} said so, number ${n}`);
    expect((await fresh().comment(input)).externalId).toBe(first.externalId);
    expect(said('Old news')).toHaveLength(1);
  });

  test('an answer that got lost after the effect doubles nothing', async () => {
    jira.failNext({ method: 'POST', path: /comment$/, afterEffect: true });
    const input = { key: 'lost', ticket: 'SHOP-7', body: 'Lost answer' };
    expect(await failureOf(fresh().comment(input))).toMatchObject({ code: 'TRACKER_UNAVAILABLE', retryable: true });
    await fresh().comment(input);
    expect(said('Lost answer')).toHaveLength(1);
  });

  test('on a ticket that is not there is refused for good', async () => {
    const input = { key: 'k', ticket: 'SHOP-999', body: 'x' };
    expect(await failureOf(fresh().comment(input))).toMatchObject({ code: 'TRACKER_REJECTED', retryable: false });
    expect((await failureOf(fresh().comment({ ...input, ticket: '../x' }))).code).toBe('INVALID_INPUT');
  });
});

describe('failures', () => {
  test.each([
    [429, { 'retry-after': '30' }, 30_000],
    [429, { 'x-ratelimit-reset': '2026-03-01T12:02:00Z' }, 120_000],
    [429, {}, 60_000],
    [503, { 'retry-after': '5' }, 5_000],
    [502, {}, undefined],
  ])('%i %j passes', async (status, headers, retryAfterMs) => {
    jira.failNext({ path: /SHOP-7$/, status, headers, body: 'no json of Jira' });
    const error = await failureOf(fresh().ticket('SHOP-7'));
    expect(error).toMatchObject({ code: 'TRACKER_UNAVAILABLE', retryable: true, retryAfterMs });
  });

  test('a cut connection passes, a wrong token does not and is not repeated', async () => {
    jira.failNext({ path: /SHOP-7$/ });
    expect((await failureOf(fresh().ticket('SHOP-7'))).code).toBe('TRACKER_UNAVAILABLE');
    const error = await failureOf(fresh('very_secret').ticket('SHOP-7'));
    expect(error).toMatchObject({ code: 'TRACKER_REJECTED', next: expect.stringContaining('JIRA_API_TOKEN') });
    expect(JSON.stringify([error, error.message, error.next, error.stack])).not.toContain('very_secret');
  });
});
