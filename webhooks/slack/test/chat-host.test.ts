import { FindingId } from '@continuum/contract/ids';
import { type FakeSlack, startFakeSlack } from '@continuum/testing/slack/fake';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSlackHost } from '../src/chat-host.ts';

let slack: FakeSlack;
let channel: string;
let host: ReturnType<typeof createSlackHost>;

beforeAll(async () => {
  slack = await startFakeSlack();
  channel = slack.createChannel('dev');
  host = createSlackHost({ apiUrl: slack.url, token: slack.botToken, timeoutMs: 2_000 });
});
afterEach(() => slack.clearFaults());
afterAll(() => slack.stop());

const texts = () => slack.messages(channel).map(({ text }) => text);
const post = (key: string, fields: object = {}) => host.post({ key, channel, author: 'Vera', text: key, ...fields });

describe('posting', () => {
  test('a message under a name, and an answer in its thread, each with its address', async () => {
    const first = await post('first');
    const below = await post('below', { thread: first.externalId });
    const [root, answer] = slack.messages(channel);
    expect(first).toEqual({
      externalId: `${channel}:${root?.ts}`,
      url: `https://acme.slack.com/archives/${channel}/p${root?.ts.replace('.', '')}`,
    });
    expect(answer).toMatchObject({ thread: root?.ts, username: 'Vera', text: 'below' });
    expect(below.url).toContain(`thread_ts=${root?.ts}`);
  });

  test('whose answer got lost is found again by its key and stands once, in the channel and in a thread', async () => {
    const root = await post('a root');
    for (const [key, thread] of [
      ['lost', undefined],
      ['lost below', root.externalId],
    ] as const) {
      const where = thread === undefined ? {} : { thread };
      const triedAt = new Date();
      slack.failNext({ path: /chat.postMessage/, afterEffect: true });
      await expect(post(key, where)).rejects.toMatchObject({ code: 'CHAT_UNAVAILABLE', retryable: true });
      const again = await post(key, { ...where, triedAt });
      const standing = slack.messages(channel).filter(({ text }) => text === key);
      expect(standing).toHaveLength(1);
      expect(again.externalId).toBe(`${channel}:${standing[0]?.ts}`);
    }
  });

  test('a repeat of what never arrived posts it', async () => {
    const triedAt = new Date();
    slack.failNext({ path: /chat.postMessage/ });
    await expect(post('never arrived')).rejects.toMatchObject({ code: 'CHAT_UNAVAILABLE' });
    await post('never arrived', { triedAt });
    expect(texts().filter((text) => text === 'never arrived')).toHaveLength(1);
  });

  test('it is found behind more than a page of others', async () => {
    const triedAt = new Date();
    const { externalId } = await post('buried');
    for (let nth = 0; nth < 205; nth += 1) await slack.say(channel, 'U0ALICE', `chatter ${nth}`);
    await expect(post('buried', { triedAt })).resolves.toMatchObject({ externalId });
  });

  test('an answer that breaks off in the middle is no refusal', async () => {
    slack.failNext({ path: /chat.postMessage/, status: 200, body: '{"ok":true,"chan', afterEffect: true });
    await expect(post('torn')).rejects.toMatchObject({ code: 'CHAT_UNAVAILABLE', retryable: true });
  });

  test('a finding comes with its buttons, and an update without them takes them away', async () => {
    const findingId = FindingId.parse('fnd_1');
    const text = `**SQL** in \`a.js\`\n\n${'A long story. '.repeat(400)}`;
    const { externalId } = await post('finding', { findingId, text });
    const standing = () => slack.messages(channel).find(({ ts }) => externalId.endsWith(ts));
    expect(standing()?.blocks?.map(({ type }) => type)).toEqual(['section', 'section', 'section', 'actions']);
    await host.update({ key: 'u', externalId, author: 'Vera', text: 'Declined.' });
    expect(standing()).toMatchObject({ text: 'Declined.', blocks: [] });
  });

  test('an update of a message that is gone changes nothing', async () => {
    await expect(
      host.update({ key: 'u', externalId: `${channel}:1.000001`, author: 'Vera', text: 'late' }),
    ).resolves.toBeUndefined();
  });
});

describe('failures say what to do', () => {
  test('a rate limit says when to come back, and is not waited out', async () => {
    slack.failNext({ path: /chat.postMessage/, status: 429, headers: { 'retry-after': '17' } });
    await expect(post('limited')).rejects.toMatchObject({
      code: 'CHAT_UNAVAILABLE',
      retryable: true,
      retryAfterMs: 17_000,
    });
    slack.failNext({ path: /chat.postMessage/, status: 429 });
    await expect(post('limited')).rejects.toMatchObject({ code: 'CHAT_UNAVAILABLE', retryAfterMs: 30_000 });
    expect(texts()).not.toContain('limited');
  });

  test.each([500, 502, 503])('%i is tried again', async (status) => {
    slack.failNext({ path: /chat.postMessage/, status });
    await expect(post('down')).rejects.toMatchObject({ code: 'CHAT_UNAVAILABLE', retryable: true });
  });

  test('a missing scope is named', async () => {
    const body = { ok: false, error: 'missing_scope', needed: 'chat:write.customize' };
    slack.failNext({ path: /chat.postMessage/, status: 200, body });
    await expect(post('scope')).rejects.toMatchObject({
      code: 'CHAT_REJECTED',
      retryable: false,
      next: expect.stringContaining('chat:write.customize'),
    });
  });

  test('a channel that we are not in, one that is archived, and a wrong token', async () => {
    const other = slack.createChannel('other', { member: false });
    await expect(post('x', { channel: other })).rejects.toMatchObject({
      code: 'CHAT_REJECTED',
      next: expect.stringContaining('/invite'),
    });
    const old = slack.createChannel('old');
    slack.archive(old);
    await expect(post('x', { channel: old })).rejects.toMatchObject({ code: 'CHAT_REJECTED' });
    const stranger = createSlackHost({ apiUrl: slack.url, token: 'xoxb-wrong' });
    const refused = stranger.post({ key: 'x', channel, author: 'Vera', text: 'x' });
    await expect(refused).rejects.toMatchObject({ next: expect.stringContaining('SLACK_BOT_TOKEN') });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('xoxb-wrong') });
  });

  test('whoever called can stop it', async () => {
    const gone = post('stopped', { signal: AbortSignal.abort(new Error('the process stops')) });
    await expect(gone).rejects.toMatchObject({ code: 'CHAT_UNAVAILABLE' });
    expect(texts()).not.toContain('stopped');
  });
});

describe('people', () => {
  test('a profile, also of somebody renamed; nobody for somebody unknown', async () => {
    const alice = slack.addUser('alice', 'alice@acme.example');
    await expect(host.profile(alice)).resolves.toEqual({ id: alice, name: 'alice', email: 'alice@acme.example' });
    await expect(host.profile('U0GONE')).resolves.toBeUndefined();
    slack.renameUser(alice, 'alicia');
    const fresh = createSlackHost({ apiUrl: slack.url, token: slack.botToken });
    await expect(fresh.profile(alice)).resolves.toMatchObject({ name: 'alicia' });
  });

  test('the home tab shows what it is given', async () => {
    const alice = slack.addUser('alice');
    await host.showHome({ user: alice, sections: ['# Learned lately', '**no loops** in tests'] });
    expect(slack.homeOf(alice)?.blocks).toMatchObject([
      { text: { text: '*Learned lately*' } },
      { text: { text: '*no loops* in tests' } },
    ]);
  });

  test('a form cannot be opened by a click that was too long ago', async () => {
    const about = { findingId: FindingId.parse('fnd_1'), channel, message: '1.000001' };
    await expect(host.ask({ kind: 'wrong', triggerId: '1.2.gone', about, text: '' })).resolves.toBe(false);
  });
});
