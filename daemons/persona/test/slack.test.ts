import { EventId, MessageId } from '@continuum/contract/ids';
import type { Message } from '@continuum/contract/room';
import { type FakeSlack, startFakeSlack } from '@continuum/testing/slack/fake';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAndTell, DEV_UPDATES } from '../src/rooms.ts';
import { type PersonaSystem, startPersonas } from './system.ts';

let slack: FakeSlack;
let system: PersonaSystem;
let channel: string;
let ada: string;
let last = 0;

beforeAll(async () => {
  slack = await startFakeSlack();
  channel = slack.createChannel('dev');
  ada = slack.addUser('Ada');
  system = await startPersonas({
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_API_URL: slack.url,
    SLACK_CHANNEL: channel,
  });
}, 120_000);
afterAll(async () => {
  await system?.close();
  await slack?.stop();
});

/** What intake makes of an event of Slack, without its journal. */
async function heard(event: object): Promise<void> {
  last += 1;
  const id = `Ev${last}`;
  const authorizations = [{ user_id: slack.bot, is_bot: true }];
  const payload = { type: 'event_callback', event_id: id, authorizations, event };
  const delivery = { deliveryId: id, event: 'event_callback', payload };
  await system.runtime.bus.emit('webhook:slack:event_callback', delivery, { id: EventId.parse(`slack:${id}`) });
  await system.settled();
}

async function said(id: string, text: string, over: Partial<Message> = {}): Promise<Message> {
  const message: Message = {
    ...{ id: MessageId.parse(id), roomId: DEV_UPDATES, threadId: null, replyTo: null, text, hop: 0 },
    author: { kind: 'person', id: 'bob', name: 'bob' },
    source: { kind: 'web' },
    at: system.runtime.now().toISOString(),
    ...over,
  };
  await addAndTell(system.runtime, message);
  return message;
}

const texts = () => slack.messages(channel).map(({ text }) => text);

test('what is said in a room stands in its channel in the order it was said, answers below what they answer', async () => {
  // Whoever comes behind the first has to wait as long as Slack makes the first wait.
  slack.failNext({ path: /chat.postMessage/, status: 429, headers: { 'retry-after': '2' } });
  const root = await said('msg_root', 'A question?');
  const below = { threadId: root.id, replyTo: root.id };
  for (let nth = 0; nth < 10; nth += 1) await said(`msg_${nth}`, `answer ${nth}`, below);
  await system.settled();
  expect(texts()).toEqual(['A question?', ...Array.from({ length: 10 }, (_, nth) => `answer ${nth}`)]);
  const [first, ...answers] = slack.messages(channel);
  expect(new Set(answers.map(({ thread }) => thread))).toEqual(new Set([first?.ts]));
  expect(first?.username).toBe('bob (web)');
}, 60_000);

test('one that is refused for good holds up none behind it', async () => {
  slack.failNext({ path: /chat.postMessage/, status: 200, body: { ok: false, error: 'msg_too_long' } });
  await said('msg_refused', 'refused');
  await said('msg_behind', 'behind it');
  await system.settled();
  expect(texts()).not.toContain('refused');
  expect(texts()).toContain('behind it');
}, 60_000);

test('an answer to a thread that began before we came stands in that thread', async () => {
  const beginning = await slack.say(channel, ada, 'long ago');
  const event = { type: 'message', channel, user: ada, text: '@continuum explain', ts: '1795168800.000100' };
  await heard({ ...event, thread_ts: beginning });
  const answer = slack.messages(channel).at(-1);
  expect(answer?.text).toContain('this thread is about none');
  expect(answer?.thread).toBe(beginning);
}, 60_000);

test('a slash command is answered in the channel, where nobody saw it typed, and is not posted there itself', async () => {
  const before = texts().length;
  const typed = { command: '/continuum', text: 'connect', user_id: ada, user_name: 'ada', channel_id: channel };
  const payload = { ...typed, trigger_id: '13.37.abc', received_at: system.runtime.now().toISOString() };
  const delivery = { deliveryId: '13.37.abc', event: 'command', payload };
  await system.runtime.bus.emit('webhook:slack:command', delivery, { id: EventId.parse('slack:13.37.abc') });
  await system.settled();
  const [answer, ...others] = slack.messages(channel).slice(before);
  expect(answer).toMatchObject({ text: expect.stringContaining('Only somebody known'), thread: undefined });
  expect(others).toEqual([]);
}, 60_000);

test('a channel that somebody known connects to another room shows that one, and is answered where it asked', async () => {
  const { views } = system.runtime.store;
  await views.linkPerson({ kind: 'slack', externalId: ada, person: 'alice', by: 'operator', at: '2026-03-01' });
  const ts = await slack.say(channel, ada, `<@${slack.bot}> connect payments`);
  await heard({ type: 'message', channel, user: ada, text: `<@${slack.bot}> connect payments`, ts });
  expect(slack.messages(channel).at(-1)).toMatchObject({ thread: ts, text: expect.stringContaining('`payments`') });
  await views.unlinkPerson('slack', ada);
  await said('msg_elsewhere', 'for dev-updates only');
  const next = await slack.say(channel, ada, 'about payments');
  await heard({ type: 'message', channel, user: ada, text: 'about payments', ts: next });
  expect(texts()).not.toContain('for dev-updates only');
  const message = await system.runtime.store.views.messageAt('slack', `${channel}:${next}`);
  expect(message).toMatchObject({ roomId: 'payments', author: { id: `slack:${ada}`, name: 'Ada' } });
}, 60_000);

test('a message of somebody who left still comes, under their id', async () => {
  const gone = slack.addUser('Gone');
  slack.removeUser(gone);
  const ts = await slack.say(channel, gone, 'bye');
  await heard({ type: 'message', channel, user: gone, text: 'bye', ts });
  const message = await system.runtime.store.views.messageAt('slack', `${channel}:${ts}`);
  expect(message?.author).toEqual({ kind: 'person', id: `slack:${gone}`, name: gone });
}, 60_000);

test('two bots that answer each other are not heard at all', async () => {
  const before = texts().length;
  for (let nth = 0; nth < 5; nth += 1) {
    const ts = await slack.say(channel, 'U0OTHER', `@security-ai what do you think? ${nth}`, { bot: 'B0OTHER' });
    await heard({ type: 'message', channel, user: 'U0OTHER', bot_id: 'B0OTHER', text: '@security-ai what?', ts });
  }
  expect(texts()).toHaveLength(before + 5);
}, 60_000);
