import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventId } from '@continuum/contract/ids';
import type { Journal } from '@continuum/contract/ports/journal';
import { createIntake, type Intake } from '@continuum/daemon-intake/intake';
import { createSlackIntake } from '@continuum/daemon-intake/slack-socket';
import type { Daemon } from '@continuum/host/runtime';
import { readSettings } from '@continuum/host/settings';
import { openJournal } from '@continuum/journal/journal';
import { slackHeaders } from '@continuum/testing/slack/deliveries';
import { type FakeSlack, startFakeSlack } from '@continuum/testing/slack/fake';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let folder: string;
let slack: FakeSlack;
let journal: Journal;
let intake: Intake;
let socket: Daemon;
let reachBus: () => void;

/** An intake whose bus takes nothing until it is told to, with a Slack before it. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'intake-slack-'));
  slack = await startFakeSlack();
  journal = await openJournal({ folder });
  const settings = readSettings({
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.url,
  });
  const { promise, resolve } = Promise.withResolvers<{ id: EventId; stored: boolean }>();
  reachBus = () => resolve({ id: EventId.parse('any'), stored: true });
  const log = pino({ level: 'silent' });
  const now = () => new Date();
  const bus = { emit: () => promise };
  intake = createIntake({ journal, bus, metrics: new Registry(), now, log, settings, commands: { register() {} } });
  socket = createSlackIntake({ settings, log, now }, intake);
  await intake.start();
});
afterEach(async () => {
  reachBus();
  await socket.stop();
  await intake.stop();
  await journal.close();
  await slack.stop();
  await rm(folder, { recursive: true, force: true });
});

const kept = () => Array.fromAsync(journal.all(), ({ record }) => record);

function accept(body: string, type = 'application/json', secret = slack.signingSecret) {
  const headers = slackHeaders(body, secret, type, Math.floor(Date.now() / 1000));
  return intake.accept('slack', headers, Buffer.from(body));
}

test('Slack is answered when the delivery is on disk, though nobody has handled it', async () => {
  const event = JSON.stringify({ type: 'event_callback', event_id: 'Ev1', event: { type: 'message' } });
  expect(await accept(event)).toEqual({ status: 200 });
  expect(await accept(event)).toEqual({ status: 200 });
  const form = new URLSearchParams({ command: '/continuum', text: 'help', trigger_id: '1.2' }).toString();
  const answer = await accept(form, 'application/x-www-form-urlencoded');
  expect(answer).toMatchObject({ status: 200, body: { response_type: 'ephemeral' } });
  const records = await kept();
  expect(records.map(({ id, event: name }) => [id, name])).toEqual([
    ['slack:Ev1', 'event_callback'],
    ['slack:1.2', 'command'],
  ]);
  expect(JSON.parse(records[1]?.body ?? '')).toMatchObject({ text: 'help' });
});

test('a handshake is answered and not kept, and a forged one is neither', async () => {
  const handshake = JSON.stringify({ type: 'url_verification', challenge: 'xyz' });
  expect(await accept(handshake)).toEqual({ status: 200, body: { challenge: 'xyz' } });
  expect(await accept(handshake, 'application/json', 'another secret')).toMatchObject({ status: 401 });
  expect(await kept()).toEqual([]);
});

test('an envelope of the socket is acknowledged when it is on disk, though nobody has handled it', async () => {
  await socket.start();
  await vi.waitFor(() => expect(slack.sockets()).toBe(1), { timeout: 10_000 });
  const channel = slack.createChannel('dev');
  const ada = slack.addUser('Ada');
  await slack.say(channel, ada, 'hello');
  await slack.command(channel, ada, 'help');
  expect(slack.deliveries.map(({ over, status, retry }) => [over, status, retry])).toEqual([
    ['socket', 200, 0],
    ['socket', 200, 0],
  ]);
  expect((await kept()).map(({ event }) => event)).toEqual(['event_callback', 'command']);
});

test('without a token for it no socket is opened', async () => {
  const log = pino({ level: 'silent' });
  const off = createSlackIntake({ settings: readSettings({}), log, now: () => new Date() }, intake);
  await off.start();
  await off.stop();
  expect(slack.requests).toEqual([]);
});
