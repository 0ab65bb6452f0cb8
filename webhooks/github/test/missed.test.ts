import type { DeliverySource, MissedDelivery } from '@continuum/contract/ports/delivery-source';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { createGithubDeliveries } from '@continuum/webhook-github/deliveries';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Receiver, startReceiver } from './receiver.ts';

const SECRET = 'a-webhook-secret';
const HOUR_MS = 3_600_000;
const REPOS = ['acme/shop', 'acme/bank', 'acme/docs'];
/** Nobody listens on the port of discard. */
const NOWHERE = 'http://127.0.0.1:9/webhooks/github';

let github: FakeGithub;
let receiver: Receiver;
/** How many hours before now the world of the fake is. */
let hoursAgo = 0;

const source = (repositories: readonly string[] = REPOS): DeliverySource =>
  createGithubDeliveries({
    apiUrl: github.url,
    token: github.token,
    throttle: false,
    repositories: async () => repositories,
  });
const appSource = (): DeliverySource =>
  createGithubDeliveries({ apiUrl: github.url, app: github.app(), throttle: false, repositories: async () => [] });
const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS);

async function missed(from: DeliverySource, since = ago(72), until = new Date()): Promise<MissedDelivery[]> {
  const found: MissedDelivery[] = [];
  for await (const delivery of from.missed(since, until)) found.push(delivery);
  return found;
}

const neverDelivered = () => {
  const good = new Set(github.deliveries.filter(({ status }) => status === 202).map(({ deliveryId }) => deliveryId));
  const young = github.deliveries.filter(({ at, deliveryId }) => !good.has(deliveryId) && at >= ago(72).toISOString());
  return [...new Set(young.map(({ deliveryId }) => deliveryId))];
};

beforeAll(async () => {
  receiver = await startReceiver(SECRET);
  github = await startFakeGithub();
  github.setClock(() => ago(hoursAgo));
  for (const repo of REPOS) {
    await github.createRepo(repo, { files: { 'README.md': `# ${repo}\n` } });
    await github.commit(repo, 'change', { 'a.txt': 'a\n' });
  }
  const talk = async (times: number) => {
    for (let time = 0; time < times; time++)
      await github.issueComment(REPOS[time % 3] ?? '', 1, 'bob', `Said ${time}.`);
  };
  hoursAgo = 80;
  github.setWebhook({ url: NOWHERE, secret: SECRET });
  for (const repo of REPOS)
    await github.openPullRequest(repo, { head: 'change', base: 'main', title: 'A', author: 'bob' });
  await talk(5);
  await github.settled();
  hoursAgo = 70;
  await talk(230);
  await github.settled();
  hoursAgo = 30;
  github.setWebhook({ url: receiver.url, secret: SECRET });
  await talk(10);
  github.loseAnswers(2);
  await talk(2);
  await github.settled();
  hoursAgo = 0;
}, 60_000);
afterAll(async () => {
  await github.stop();
  await receiver.close();
});

describe('what GitHub could not deliver', () => {
  test.each([
    ['the webhooks of repositories, by a token', () => source()],
    ['the webhook of the App', appSource],
  ])('is found by %s: over several pages, each once, oldest first, with its payload', async (_, make) => {
    const found = await missed(make());
    expect(found.map(({ deliveryId }) => deliveryId).sort()).toEqual(neverDelivered().sort());
    expect(found).toHaveLength(232);
    expect(found.map(({ at }) => at)).toEqual(found.map(({ at }) => at).sort());
    for (const { deliveryId, event, body } of found) {
      const sent = github.deliveries.find((delivery) => delivery.deliveryId === deliveryId);
      expect([event, body]).toEqual([sent?.event, sent?.body]);
    }
  });

  test('asks no further back than it should, and for nothing after the end', async () => {
    expect(await missed(source(), ago(69), ago(31))).toEqual([]);
    expect(await missed(source(), ago(71), ago(69))).toHaveLength(230);
    expect(await missed(source(), ago(31))).toHaveLength(2);
  });

  test('does not name what a redelivery brought, and names once what was tried often', async () => {
    const [first, second] = await missed(source());
    await github.redeliver(first?.deliveryId ?? '');
    github.setWebhook({ url: NOWHERE, secret: 'x' });
    await github.redeliver(second?.deliveryId ?? '');
    github.setWebhook({ url: receiver.url, secret: SECRET });
    const found = await missed(source());
    expect(found.map(({ deliveryId }) => deliveryId)).not.toContain(first?.deliveryId);
    expect(found.filter(({ deliveryId }) => deliveryId === second?.deliveryId)).toEqual([second]);
  });

  test('a rate limit in the middle is told with the time to wait', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 600) };
    const reading = source().missed(ago(72), new Date())[Symbol.asyncIterator]();
    expect((await reading.next()).done).toBe(false);
    github.failNext({ path: /\/deliveries\/\d+$/, status: 403, headers });
    await expect(reading.next()).rejects.toMatchObject({
      ...{
        code: 'CODE_HOST_UNAVAILABLE',
        retryable: true,
        retryAfterMs: expect.toSatisfy((ms: number) => ms > 500_000),
      },
    });
  });

  test('a repository that cannot be seen holds up no other; when none can, it says which permission is missing', async () => {
    expect(await missed(source(['acme/gone', 'acme/shop']))).not.toHaveLength(0);
    await expect(missed(source(['acme/gone']))).rejects.toMatchObject({
      ...{ code: 'CODE_HOST_REJECTED', next: expect.stringContaining('Webhooks: read') },
    });
  });

  test('webhooks that point to somebody else are none of ours', async () => {
    github.setWebhook({ url: 'http://127.0.0.1:9/other', secret: 'x' });
    expect(await missed(source())).toEqual([]);
    github.setWebhook({ url: receiver.url, secret: SECRET });
  });

  test('ends with the signal of whoever asked', async () => {
    const reading = source().missed(ago(72), new Date(), AbortSignal.abort());
    await expect(reading[Symbol.asyncIterator]().next()).rejects.toMatchObject({ retryable: true });
  });
});
