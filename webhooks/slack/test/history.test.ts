import type { MissedDelivery } from '@continuum/contract/ports/delivery-source';
import { type FakeSlack, startFakeSlack } from '@continuum/testing/slack/fake';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSlackHost } from '../src/chat-host.ts';
import { createSlackHistory, type KnownMessage } from '../src/history.ts';
import { readSignals } from '../src/signals.ts';

const DAY = 24 * 3_600_000;
let slack: FakeSlack;
let channel: string;
let alice: string;
let now = new Date('2026-11-01T10:00:00Z');
/** Since when the channels show a room. */
let shown: Date;
let known: Map<string, KnownMessage>;

beforeAll(async () => {
  slack = await startFakeSlack();
  slack.setClock(() => now);
  alice = slack.addUser('alice');
});
beforeEach(() => {
  channel = slack.createChannel('dev');
  known = new Map();
  shown = new Date(0);
  now = new Date(now.getTime() + 10 * DAY);
});
afterAll(() => slack.stop());

async function missed(channels = [channel], since = new Date(now.getTime() - DAY / 2)): Promise<MissedDelivery[]> {
  const source = createSlackHistory({
    apiUrl: slack.url,
    token: slack.botToken,
    channels: async () => channels.map((id) => ({ id, since: shown })),
    known: async (externalId) => known.get(externalId),
  });
  return Array.fromAsync(source.missed(since, new Date(now.getTime() + 1000)));
}
const signalsOf = (deliveries: readonly MissedDelivery[]) =>
  deliveries.flatMap(({ event, body }) => readSignals(event, JSON.parse(body)));

test('messages and answers that never came, oldest first, each under an id of its own', async () => {
  const first = await slack.say(channel, alice, 'first');
  const second = await slack.say(channel, alice, 'second');
  const below = await slack.say(channel, alice, 'below', { thread: first });
  known.set(`${channel}:${second}`, { reactions: new Set() });
  const found = await missed();
  expect(signalsOf(found)).toMatchObject([
    { kind: 'message', action: 'created', text: 'first', externalId: `${channel}:${first}` },
    { kind: 'message', text: 'below', replyTo: `${channel}:${first}`, externalId: `${channel}:${below}` },
  ]);
  expect(found.map(({ deliveryId }) => deliveryId)).toEqual([
    `history:${channel}:${first}`,
    `history:${channel}:${below}`,
  ]);
  expect(await missed()).toEqual(found);
});

test('an answer to a thread that began days ago', async () => {
  const old = await slack.say(channel, alice, 'old');
  known.set(`${channel}:${old}`, { reactions: new Set() });
  now = new Date(now.getTime() + 3 * DAY);
  await slack.say(channel, alice, 'late answer', { thread: old });
  expect(signalsOf(await missed())).toMatchObject([{ text: 'late answer', replyTo: `${channel}:${old}` }]);
});

test('an edit and a reaction that never came; what is known is left out', async () => {
  const ts = await slack.say(channel, alice, 'is');
  known.set(`${channel}:${ts}`, { reactions: new Set(['eyes UOTHER']) });
  await slack.edit(channel, ts, 'was');
  await slack.react(channel, ts, alice, 'thumbsdown');
  await slack.react(channel, ts, 'UOTHER', 'eyes');
  const found = signalsOf(await missed());
  expect(found).toHaveLength(2);
  expect(found).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'message', action: 'edited', text: 'was' }),
      expect.objectContaining({ kind: 'reaction', emoji: 'thumbsdown', on: `${channel}:${ts}` }),
    ]),
  );
  const editedAt = found.find(({ kind }) => kind === 'message')?.at;
  known.set(`${channel}:${ts}`, { editedAt, reactions: new Set(['eyes UOTHER', `thumbsdown ${alice}`]) });
  expect(await missed()).toEqual([]);
});

test('what we posted is ours, and a channel that we left hides no other', async () => {
  const host = createSlackHost({ apiUrl: slack.url, token: slack.botToken });
  await host.post({ key: 'k', channel, author: 'Vera', text: 'ours' });
  await slack.say(channel, alice, 'theirs');
  const left = slack.createChannel('left', { member: false });
  expect(signalsOf(await missed([left, channel]))).toMatchObject([{ text: 'theirs' }]);
});

test("what was said before a channel showed a room is nobody else's business", async () => {
  await slack.say(channel, alice, 'before');
  now = new Date(now.getTime() + 60_000);
  shown = now;
  await slack.say(channel, alice, 'after');
  expect(signalsOf(await missed())).toMatchObject([{ text: 'after' }]);
});

test('more than a page of messages', async () => {
  for (let nth = 0; nth < 250; nth += 1) await slack.say(channel, alice, `number ${nth}`);
  expect(await missed()).toHaveLength(250);
});

test('Slack being away is said as such', async () => {
  slack.failNext({ path: /conversations.history/, status: 503 });
  await expect(missed()).rejects.toMatchObject({ code: 'CHAT_UNAVAILABLE', retryable: true });
});
