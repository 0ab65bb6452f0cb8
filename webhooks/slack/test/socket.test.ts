import { ContinuumError } from '@continuum/contract/errors';
import { type FakeSlack, startFakeSlack } from '@continuum/testing/slack/fake';
import { App, LogLevel } from '@slack/bolt';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSlackSocket, type SlackSocket, type SocketDelivery } from '../src/socket.ts';

let slack: FakeSlack;
let socket: SlackSocket;
let taken: SocketDelivery[];
let take: (delivery: SocketDelivery) => Promise<unknown>;
let channel: string;
let alice: string;

beforeEach(async () => {
  slack = await startFakeSlack();
  channel = slack.createChannel('dev');
  alice = slack.addUser('alice');
  taken = [];
  take = async (delivery) => taken.push(delivery);
  socket = createSlackSocket({
    apiUrl: slack.url,
    token: slack.appToken,
    take: (delivery) => take(delivery),
    now: () => new Date(),
    backoffMs: [20, 100],
  });
});
afterEach(async () => {
  await socket.stop();
  await slack.stop();
});

const connected = () => vi.waitFor(() => expect(slack.sockets()).toBe(1), { timeout: 10_000 });

test('events, buttons and commands come over it and are acknowledged', async () => {
  await socket.start();
  await connected();
  await slack.say(channel, alice, 'over the socket');
  const answer = await slack.command(channel, alice, 'help');
  expect(taken.map(({ event }) => event)).toEqual(['event_callback', 'command']);
  expect(JSON.parse(answer)).toEqual({ response_type: 'ephemeral', text: 'On it.' });
  expect(slack.deliveries.map(({ over, status }) => [over, status])).toEqual([
    ['socket', 200],
    ['socket', 200],
  ]);
});

test('what could not be made durable is not acknowledged and comes again under the same id', async () => {
  let refusals = 1;
  take = async (delivery) => {
    taken.push(delivery);
    refusals -= 1;
    if (refusals >= 0) throw new ContinuumError('OVERLOADED', 'no room');
  };
  await socket.start();
  await connected();
  await slack.say(channel, alice, 'twice');
  expect(taken.map(({ deliveryId }) => deliveryId)).toEqual([taken[0]?.deliveryId, taken[0]?.deliveryId]);
  expect(slack.deliveries.map(({ status, retry }) => [status, retry])).toEqual([
    [0, 0],
    [200, 1],
  ]);
});

test('it connects again when Slack ends the connection, politely or not', async () => {
  await socket.start();
  await connected();
  for (const rudely of [false, true]) {
    slack.disconnectSockets(rudely);
    await vi.waitFor(() => expect(slack.requests.length).toBeGreaterThan(rudely ? 2 : 1), { timeout: 10_000 });
    await connected();
    await slack.say(channel, alice, `after ${rudely}`);
  }
  expect(taken).toHaveLength(2);
});

test('it starts while Slack is away, and connects once it is back', async () => {
  slack.failNext({ path: /apps.connections.open/, times: 3 });
  await socket.start();
  await connected();
  expect(slack.requests.filter(({ method }) => method === 'apps.connections.open')).toHaveLength(4);
});

test('a stop ends it at once, also while it waits', async () => {
  slack.failNext({ path: /apps.connections.open/, times: 1_000 });
  await socket.start();
  await socket.stop();
  expect(socket.isConnected).toBe(false);
});

test("Slack's own framework accepts what this fake sends", async () => {
  const heard: string[] = [];
  const app = new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.url },
  });
  app.message(async ({ message }) => {
    heard.push('text' in message ? `message ${message.text}` : message.type);
  });
  app.event('reaction_added', async ({ event }) => {
    heard.push(`reaction ${event.reaction}`);
  });
  app.action('continuum.right', async ({ ack, body }) => {
    heard.push(`click ${body.user.id}`);
    await ack();
  });
  app.command('/continuum', async ({ ack, command }) => {
    heard.push(`command ${command.text}`);
    await ack('fine');
  });
  await app.start();
  try {
    await connected();
    const ts = await slack.say(channel, alice, 'hello');
    await slack.react(channel, ts, alice, 'eyes');
    const posted = await app.client.chat.postMessage({
      channel,
      text: 'a finding',
      blocks: [
        {
          type: 'actions',
          elements: [{ type: 'button', action_id: 'continuum.right', text: { type: 'plain_text', text: 'Right' } }],
        },
      ],
    });
    await slack.settled();
    await slack.click(channel, posted.ts ?? '', alice, 'Right');
    expect(await slack.command(channel, alice, 'help')).toContain('fine');
    await vi.waitFor(() => expect(heard).toEqual(['message hello', 'reaction eyes', `click ${alice}`, 'command help']));
  } finally {
    await app.stop();
  }
});
