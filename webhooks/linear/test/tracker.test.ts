import { toContinuumError } from '@continuum/contract/errors';
import type { Tracker } from '@continuum/contract/ports/tracker';
import { type FakeLinear, startFakeLinear } from '@continuum/testing/linear/fake';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLinearTracker } from '../src/tracker.ts';

let linear: FakeLinear;
let tracker: Tracker;
let issue: string;
const NOW = new Date('2026-03-01T12:00:00Z');

beforeAll(async () => {
  linear = await startFakeLinear();
  issue = await linear.createIssue('ENG', 'ada', { title: 'Passkeys', description: 'Without *passwords*.' });
});
afterAll(() => linear.stop());
afterEach(() => linear.clearFaults());

const fresh = (timeoutMs?: number): Tracker =>
  createLinearTracker({ apiUrl: linear.url, apiKey: linear.apiKey, now: () => NOW, timeoutMs });
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => toContinuumError(error),
  );

test('a ticket is read once and as it stands; one that is not there is undefined', async () => {
  tracker = fresh();
  const before = linear.requests.length;
  expect(await tracker.ticket(issue)).toEqual({
    ...{ key: 'ENG-1', title: 'Passkeys', description: 'Without *passwords*.', state: 'Todo' },
    url: 'https://linear.app/acme/issue/ENG-1',
  });
  await tracker.ticket(issue);
  expect(linear.requests.length - before).toBe(1);
  expect(await tracker.ticket('ENG-999')).toBeUndefined();
  expect(await tracker.ticket('OPS-1')).toBeUndefined();
});

test('a key that is none of Linear is not asked for', async () => {
  const before = linear.requests.length;
  for (const key of ['eng-1', 'PROJ_X-1', '"} or 1', '']) expect(await fresh().ticket(key)).toBeUndefined();
  expect(linear.requests.length).toBe(before);
});

describe('comments', () => {
  test('stand once per key, and say where', async () => {
    const first = await fresh().comment({ key: 'once', ticket: issue, body: 'It **works**.' });
    const again = await fresh().comment({ key: 'once', ticket: issue, body: 'It **works**.' });
    expect(again).toEqual(first);
    expect(first.url).toContain('#comment-');
    const said = linear.comments(issue).filter(({ body }) => body === 'It **works**.');
    expect(said.map(({ id }) => id)).toEqual([first.externalId]);
  });

  test('an answer that got lost after the effect doubles nothing', async () => {
    // The first request asks whether it stands; the one that writes it is cut.
    const looked = { method: 'POST', path: /graphql/ };
    linear.failNext({ ...looked, times: 2, afterEffect: true });
    expect(await failureOf(fresh().comment({ key: 'lost', ticket: issue, body: 'lost' }))).toMatchObject({
      ...{ code: 'TRACKER_UNAVAILABLE', retryable: true },
    });
    linear.clearFaults();
    await Promise.all(Array.from({ length: 5 }, () => fresh().comment({ key: 'lost', ticket: issue, body: 'lost' })));
    expect(linear.comments(issue).filter(({ body }) => body === 'lost')).toHaveLength(1);
  });

  test('on a ticket that is not there is refused for good', async () => {
    expect(await failureOf(fresh().comment({ key: 'k', ticket: 'ENG-999', body: 'x' }))).toMatchObject({
      ...{ code: 'TRACKER_REJECTED', retryable: false, message: expect.stringContaining('not found') },
    });
    expect((await failureOf(fresh().comment({ key: 'k', ticket: 'no key', body: 'x' }))).code).toBe('INVALID_INPUT');
  });
});

describe('failures', () => {
  const limited = { errors: [{ message: 'Rate limit exceeded', extensions: { code: 'RATELIMITED' } }] };
  const reset = String(NOW.getTime() + 90_000);

  test.each([
    ['a rate limit with its end', 400, limited, { 'x-ratelimit-requests-reset': reset }, 90_000],
    ['a rate limit without', 400, limited, {}, 60_000],
    ['429', 429, {}, { 'retry-after': '7' }, 7_000],
    ['502 of a proxy', 502, {}, {}, undefined],
  ])('%s passes', async (_, status, body, headers, retryAfterMs) => {
    linear.failNext({ path: /graphql/, status, body, headers });
    expect(await failureOf(fresh().ticket(issue))).toMatchObject({
      ...{ code: 'TRACKER_UNAVAILABLE', retryable: true, retryAfterMs },
    });
  });

  test('a cut connection, and an answer that is none, pass too', async () => {
    linear.failNext({ path: /graphql/ });
    expect((await failureOf(fresh().ticket(issue))).code).toBe('TRACKER_UNAVAILABLE');
    linear.failNext({ path: /graphql/, status: 200, body: { data: { issues: { nodes: 'none' } } } });
    expect((await failureOf(fresh().ticket(issue))).code).toBe('TRACKER_UNAVAILABLE');
  });

  test('a wrong key says what to do and is not repeated', async () => {
    const wrong = createLinearTracker({ apiUrl: linear.url, apiKey: 'lin_api_very_secret' });
    const error = await failureOf(wrong.ticket(issue));
    expect(error).toMatchObject({ code: 'TRACKER_REJECTED', next: expect.stringContaining('LINEAR_API_KEY') });
    expect(JSON.stringify([error, error.message, error.next, error.stack])).not.toContain('very_secret');
  });
});
