import { FindingId } from '@continuum/contract/ids';
import type { Signal } from '@continuum/contract/source';
import { type FakeSlack, startFakeSlack } from '@continuum/testing/slack/fake';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSlackHost } from '../src/chat-host.ts';
import { readFormRequest } from '../src/clicks.ts';
import { readSignals } from '../src/signals.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { callback } from './requests.ts';

let slack: FakeSlack;
let receiver: Receiver;
let channel: string;
let alice: string;

beforeAll(async () => {
  slack = await startFakeSlack();
  receiver = await startReceiver(slack.signingSecret);
  slack.setWebhook(receiver.url);
  channel = slack.createChannel('dev');
  alice = slack.addUser('alice');
});
afterAll(async () => {
  await slack.stop();
  await receiver.close();
});

async function signalsOf(work: () => Promise<unknown>): Promise<Signal[]> {
  const before = receiver.received.length;
  await work();
  await slack.settled();
  return receiver.received.slice(before).flatMap(({ signals }) => signals);
}

describe('what people do in Slack', () => {
  test('a message, an answer in its thread, an edit and a deletion', async () => {
    let top = '';
    let below = '';
    const seen = await signalsOf(async () => {
      top = await slack.say(channel, alice, 'why does <https://a.example|auth> return *401*?');
      below = await slack.say(channel, alice, `ask <@${slack.bot}>`, { thread: top });
      await slack.edit(channel, below, 'ask nobody');
      await slack.remove(channel, below);
    });
    const author = { id: alice, name: alice, kind: 'person' };
    const common = { kind: 'message', place: { id: channel }, author };
    const answer = { ...common, externalId: `${channel}:${below}` };
    expect(seen).toEqual([
      {
        ...common,
        action: 'created',
        externalId: `${channel}:${top}`,
        at: new Date(Number(top) * 1000).toISOString(),
        text: 'why does [auth](https://a.example) return **401**?',
      },
      { ...answer, action: 'created', replyTo: `${channel}:${top}`, at: expect.any(String), text: 'ask @continuum' },
      { ...answer, action: 'edited', replyTo: `${channel}:${top}`, at: expect.any(String), text: 'ask nobody' },
      { ...answer, action: 'deleted', at: expect.any(String), text: '' },
    ]);
  });

  test('a reaction, with a skin tone, and its removal', async () => {
    const ts = await slack.say(channel, alice, 'hm');
    const seen = await signalsOf(async () => {
      await slack.react(channel, ts, alice, '+1::skin-tone-3');
      await slack.unreact(channel, ts, alice, '+1::skin-tone-3');
    });
    const reaction = { kind: 'reaction', emoji: '+1', on: `${channel}:${ts}`, author: { id: alice, kind: 'person' } };
    expect(seen).toMatchObject([
      { ...reaction, action: 'added' },
      { ...reaction, action: 'removed' },
    ]);
  });

  test('another bot is a bot, and we ourselves are not heard', async () => {
    const host = createSlackHost({ apiUrl: slack.url, token: slack.botToken });
    const seen = await signalsOf(async () => {
      await slack.say(channel, 'U0OTHER', 'beep', { bot: 'B0OTHER' });
      await host.post({ key: 'k', channel, author: 'Vera', text: 'boop' });
    });
    expect(seen).toMatchObject([{ kind: 'message', text: 'beep', author: { id: 'U0OTHER', kind: 'bot' } }]);
    expect(slack.deliveries.at(-1)?.body).toContain('boop');
  });

  test('buttons are verdicts and commands, forms bring the words', async () => {
    const finding = FindingId.parse('fnd_0123');
    const host = createSlackHost({ apiUrl: slack.url, token: slack.botToken });
    const { externalId } = await host.post({
      key: 'f',
      channel,
      author: 'Vera',
      text: 'A finding',
      findingId: finding,
    });
    const ts = externalId.split(':')[1] ?? '';
    const clicked = await signalsOf(async () => {
      for (const label of ['Right', 'Wrong', 'Edit', 'Why?']) await slack.click(channel, ts, alice, label);
    });
    const said = { author: { id: alice, name: 'alice', kind: 'person' }, place: { id: channel } };
    expect(clicked).toMatchObject([
      { ...said, kind: 'verdict', verdict: 'right', about: { findingId: finding } },
      { ...said, kind: 'verdict', verdict: 'wrong', reason: '' },
      { ...said, kind: 'command', words: 'explain', replyTo: externalId },
    ]);
    const asked = receiver.received.flatMap(({ payload }) => readFormRequest(payload) ?? []);
    expect(asked.map(({ kind }) => kind)).toEqual(['wrong', 'edit']);
    const sent = await signalsOf(async () => {
      for (const { kind, triggerId, about } of asked) await host.ask({ kind, triggerId, about, text: 'as it stands' });
      await slack.submit(alice, 'the id is a constant');
      await slack.submit(alice, 'say it like this');
    });
    expect(sent).toMatchObject([
      { ...said, kind: 'verdict', verdict: 'wrong', reason: 'the id is a constant', about: { findingId: finding } },
      { ...said, kind: 'verdict', verdict: 'edit', text: 'say it like this', about: { findingId: finding } },
    ]);
  });

  test('a slash command is answered at once and says who asked for what', async () => {
    let read = '';
    const seen = await signalsOf(async () => {
      read = await slack.command(channel, alice, ' scope enter /security security-ai ');
    });
    expect(JSON.parse(read)).toEqual({ response_type: 'ephemeral', text: 'On it.' });
    expect(seen).toMatchObject([
      { kind: 'command', words: 'scope enter /security security-ai', place: { id: channel, title: 'dev' } },
    ]);
  });

  test('an event whose answer got lost comes again under the same id', async () => {
    const before = receiver.received.length;
    slack.loseAnswers(2);
    await slack.say(channel, alice, 'once');
    const attempts = slack.deliveries.filter(({ body }) => body.includes('"once"'));
    expect(attempts.map(({ retry }) => retry)).toEqual([0, 1, 2]);
    expect(receiver.received.length).toBe(before + 1);
  });
});

describe('what is no signal', () => {
  const event = (fields: object) =>
    readSignals('event_callback', callback({ type: 'message', channel: 'C1', ...fields }));

  test('news of the channel, previews of links, and edits that change no word', () => {
    const said = { ts: '1.000001', user: 'U1', text: 'hi' };
    expect(event({ ...said, subtype: 'channel_join' })).toEqual([]);
    expect(event({ ...said, text: '  ' })).toEqual([]);
    const changed = { subtype: 'message_changed', event_ts: '2.0001' };
    expect(event({ ...changed, message: said, previous_message: { text: 'hi' } })).toEqual([]);
    const edited = { ...said, edited: { ts: '2.0001', user: 'U1' } };
    expect(event({ ...changed, message: edited, previous_message: { text: 'hi' } })).toEqual([]);
    expect(event({ ...changed, message: edited, previous_message: { text: 'ho' } })).toMatchObject([
      { action: 'edited', text: 'hi' },
    ]);
  });

  test('a first message that was deleted leaves a gravestone', () => {
    const message = { ts: '1.000001', user: 'U1', text: 'This message was deleted.', subtype: 'tombstone' };
    expect(event({ subtype: 'message_changed', event_ts: '2.0001', message })).toMatchObject([
      { action: 'deleted', externalId: 'C1:1.000001' },
    ]);
  });

  test('ten megabytes of text become a message that a room can hold', () => {
    const [signal] = event({ ts: '1.000001', user: 'U1', text: 'a '.repeat(5_000_000) });
    expect(signal).toMatchObject({ kind: 'message' });
    expect(signal?.kind === 'message' && signal.text.length).toBeLessThan(200_000);
  });

  test('whatever a payload holds, reading it never throws', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        fc.constantFrom(
          'message',
          'message_changed',
          'message_deleted',
          'reaction_added',
          'block_actions',
          'view_submission',
          'C1',
          'U1',
          '1.000001',
          'continuum.wrong',
          '99999999999.9',
          '',
          null,
          true,
          7,
        ),
        fc.dictionary(
          fc.constantFrom(
            'type',
            'subtype',
            'channel',
            'user',
            'ts',
            'text',
            'message',
            'item',
            'actions',
            'view',
            'event_ts',
            'reaction',
            'action_id',
            'value',
            'id',
            'trigger_id',
            'received_at',
            'edited',
            'thread_ts',
          ),
          tie('any'),
          { maxKeys: 12 },
        ),
        fc.array(tie('any'), { maxLength: 2 }),
      ),
    })).any;
    const payload = fc.dictionary(
      fc.constantFrom('type', 'event', 'user', 'channel', 'message', 'actions', 'view'),
      value,
    );
    fc.assert(
      fc.property(fc.constantFrom('event_callback', 'interactive', 'command', 'else'), payload, (name, body) => {
        readFormRequest(body);
        expect(Array.isArray(readSignals(name, name === 'event_callback' ? callback(body) : body))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});
