import { ContinuumClient } from '@continuum/sdk/client';
import { type FakeGithub, startFakeGithub } from '@continuum/testing/github/fake';
import { slackHeaders } from '@continuum/testing/slack/deliveries';
import { type FakeSlack, startFakeSlack } from '@continuum/testing/slack/fake';
import { freshHome, type LaunchedSystem, launchSystem } from '@continuum/testing/system';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const REPO = 'acme/shop';
const WAIT = { timeout: 60_000, interval: 100 };

const query = (name: string, table: string) => `const db = require('./db');

async function ${name}(req, res) {
  const rows = await db.query('SELECT * FROM ${table} WHERE id = ' + req.params.id);
  res.json(rows);
}

module.exports = { ${name} };
`;

let github: FakeGithub;
let slack: FakeSlack;
let system: LaunchedSystem;
let continuum: ContinuumClient;
let place: Awaited<ReturnType<typeof freshHome>>;
let channel: string;
let ada: string;
let bob: string;

async function launch(environment: Readonly<Record<string, string>> = {}): Promise<void> {
  system = await launchSystem(place.home, {
    GITHUB_WEBHOOK_SECRET: 'a-webhook-secret',
    GITHUB_TOKEN: github.token,
    GITHUB_API_URL: github.url,
    GITHUB_THROTTLE: 'off',
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_API_URL: slack.url,
    SLACK_CHANNEL: channel,
    ...environment,
  });
  continuum = new ContinuumClient({ url: system.url });
  github.setWebhook({ url: `${system.url}/webhooks/github`, secret: 'a-webhook-secret' });
  slack.setWebhook(`${system.url}/webhooks/slack`);
}

/** The only message of the channel with these words, once it stands there. */
async function standing(words: string | RegExp) {
  const found = () =>
    slack.messages(channel).filter(({ text }) => (typeof words === 'string' ? text.includes(words) : words.test(text)));
  await vi.waitFor(() => expect(found(), `${words} in Slack`).toHaveLength(1), WAIT);
  const [message] = found();
  if (message === undefined) throw new Error('it went away');
  return message;
}

beforeAll(async () => {
  place = await freshHome();
  github = await startFakeGithub();
  await github.createRepo(REPO, { collaborators: { ada: 'write' }, files: { 'src/db.js': 'module.exports = {};\n' } });
  slack = await startFakeSlack();
  channel = slack.createChannel('dev');
  ada = slack.addUser('Ada L.');
  bob = slack.addUser('Bob');
  await launch();
}, 120_000);

afterAll(async () => {
  await system?.stop();
  await github?.stop();
  await slack?.stop();
  await place?.remove();
});

describe('a channel shows a room', () => {
  let finding = { ts: '', id: '' };

  test('a review stands in the channel, each finding once, with its buttons and a thread of its own', async () => {
    await github.commit(REPO, 'users', { 'src/users.js': query('getUser', 'users') });
    await github.openPullRequest(REPO, { head: 'users', base: 'main', title: 'Users', author: 'bob' });
    await standing('Reviewed acme/shop #1');
    const message = await standing('src/users.js:4');
    expect(message.thread).toBeUndefined();
    expect(message.blocks?.at(-1)).toMatchObject({
      type: 'actions',
      elements: [
        { text: { text: 'Right' } },
        { text: { text: 'Wrong' } },
        { text: { text: 'Edit' } },
        { text: { text: 'Why?' } },
      ],
    });
    const [found] = await continuum.findings({ repo: REPO, pr: 1, status: 'posted' });
    finding = { ts: message.ts, id: found?.id ?? '' };
  });

  test('an answer on GitHub stands in the thread of the finding, under a name, and once', async () => {
    const [inline] = github.reviewComments(REPO, 1);
    await github.reply(REPO, 1, inline?.id ?? 0, 'mallory', 'Is that so? Let us see.');
    expect(await standing('Is that so?')).toMatchObject({ thread: finding.ts, username: 'mallory (github)' });
  });

  test('"Why?" is answered in the thread', async () => {
    await slack.click(channel, finding.ts, bob, 'Why?');
    await vi.waitFor(() => {
      const below = slack
        .messages(channel)
        .filter(({ thread, username }) => thread === finding.ts && username === 'Continuum');
      expect(below).toHaveLength(1);
    }, WAIT);
  });

  test('somebody whom nobody knows on GitHub teaches nothing by a button', async () => {
    await slack.click(channel, finding.ts, bob, 'Wrong');
    await vi.waitFor(() => expect(slack.viewOf(bob)?.title.text).toBe('What is wrong?'), WAIT);
    await slack.submit(bob, 'I do not like it');
    await vi.waitFor(async () => expect(await continuum.examples({ state: 'quarantined' })).toHaveLength(1), WAIT);
    expect(await continuum.examples({ state: 'active' })).toEqual([]);
  });

  test('a login is linked only when that login says so', async () => {
    const read = await slack.command(channel, ada, 'link ada');
    expect(JSON.parse(read)).toEqual({ response_type: 'ephemeral', text: 'On it.' });
    const code = /@continuum link ([0-9A-Z-]{9})/.exec((await standing('If you are ada on GitHub')).text)?.[1] ?? '';
    await github.issueComment(REPO, 1, 'mallory', `@continuum link ${code}`);
    await standing('this code is for another login');
    await github.issueComment(REPO, 1, 'ada', `@continuum link ${code}`);
    await standing('You are known as ada on slack too');
  });

  test('a correction in the thread teaches under that login, and its message shows what became of the finding', async () => {
    await slack.say(channel, ada, 'False positive: the id is always a number here.', { thread: finding.ts });
    await vi.waitFor(async () => expect(await continuum.examples({ state: 'active' })).toHaveLength(1), WAIT);
    const [example] = await continuum.examples({ state: 'active' });
    expect(example?.provenance).toMatchObject({ author: { id: 'ada' }, source: { kind: 'slack', place: channel } });
    await vi.waitFor(() => {
      const message = slack.messages(channel).find(({ ts }) => ts === finding.ts);
      expect(message?.text).toContain('Declined by the team');
      expect(message?.blocks).toEqual([]);
    }, WAIT);
    const [found] = await continuum.findings({ repo: REPO, pr: 1, status: 'declined' });
    expect(found?.id).toBe(finding.id);
  });

  test('the same question of the same kind is not raised again, on a pull request and so in the channel', async () => {
    await github.commit(REPO, 'orders', { 'src/users.js': query('getUser', 'users') });
    await github.openPullRequest(REPO, { head: 'orders', base: 'main', title: 'Again', author: 'bob' });
    await standing('Reviewed acme/shop #2');
    expect(await continuum.findings({ repo: REPO, pr: 2, status: 'posted' })).toEqual([]);
    const ofChannel = slack.messages(channel).filter(({ thread, ts }) => thread === undefined || thread === ts);
    const raised = ofChannel.filter(({ text }) => text.includes('src/users.js:4'));
    expect(raised.map(({ ts }) => ts)).toEqual([finding.ts]);
  });

  test('the home tab shows what was learned', async () => {
    await slack.openHome(bob);
    await vi.waitFor(() => {
      expect(JSON.stringify(slack.homeOf(bob))).toContain('the id is always a number here');
    }, WAIT);
  });

  test('what people say in the channel is in the room and not sent back', async () => {
    await slack.say(channel, bob, `good morning, <@${ada}>`);
    await vi.waitFor(async () => {
      const texts = (await continuum.messages('dev-updates')).map(({ text }) => text);
      expect(texts).toContain('good morning, @Ada L.');
    }, WAIT);
    await slack.settled();
    expect(slack.messages(channel).filter(({ text }) => text.includes('good morning'))).toHaveLength(1);
  });

  test('an edit on GitHub is an edit in Slack', async () => {
    const id = await github.issueComment(REPO, 2, 'mallory', 'This is the frist draft.');
    await standing('This is the frist draft.');
    await github.editComment(REPO, 2, id, 'This is the first draft.');
    await standing('This is the first draft.');
    expect(slack.messages(channel).some(({ text }) => text.includes('frist'))).toBe(false);
  });
});

describe('nothing is lost or doubled', () => {
  test('a post whose answer is lost when the process is killed stands once after the restart', async () => {
    slack.failNext({ path: /chat.postMessage/, afterEffect: true });
    const said = github.issueComment(REPO, 1, 'mallory', 'posted before the crash');
    await standing('posted before the crash');
    await system.kill();
    await said;
    await launch();
    await github.issueComment(REPO, 1, 'mallory', 'posted after the crash');
    await standing('posted after the crash');
    await standing('posted before the crash');
  }, 120_000);

  test('an event that Slack sends again and again is one message', async () => {
    await slack.settled();
    slack.loseAnswers(3);
    await slack.say(channel, bob, 'sent four times');
    await vi.waitFor(async () => {
      const texts = (await continuum.messages('dev-updates')).map(({ text }) => text);
      expect(texts.filter((text) => text === 'sent four times')).toHaveLength(1);
    }, WAIT);
    expect(slack.deliveries.filter(({ body }) => body.includes('sent four times')).map(({ status }) => status)).toEqual(
      [0, 0, 0, 200],
    );
  });

  test('what was said during an outage is found in the history, once', async () => {
    await system.kill();
    await slack.say(channel, bob, 'is anybody there?');
    await slack.react(channel, (await standing('good morning')).ts, bob, 'wave');
    // Over the socket from now on.
    await launch({ SLACK_APP_TOKEN: slack.appToken });
    await vi.waitFor(async () => {
      const texts = (await continuum.messages('dev-updates')).map(({ text }) => text);
      expect(texts.filter((text) => text === 'is anybody there?')).toHaveLength(1);
    }, WAIT);
  }, 120_000);

  test('over the socket the same', async () => {
    await vi.waitFor(() => expect(slack.sockets()).toBe(1), WAIT);
    await slack.say(channel, bob, 'over the socket');
    expect(slack.deliveries.at(-1)).toMatchObject({ over: 'socket', status: 200 });
    await vi.waitFor(async () => {
      const texts = (await continuum.messages('dev-updates')).map(({ text }) => text);
      expect(texts.filter((text) => text === 'over the socket')).toHaveLength(1);
    }, WAIT);
  });

  test('a forged, a stale and a truncated delivery are refused, and ten megabytes of text taken', async () => {
    const event = (text: string) => {
      const message = { type: 'message', channel, user: bob, ts: `${Date.now() / 1000}1`, text };
      return JSON.stringify({ type: 'event_callback', event_id: `Ev${text.length}`, event: message });
    };
    const send = async (body: string, secret = slack.signingSecret, ageSeconds = 0): Promise<number> => {
      const seconds = Math.floor(Date.now() / 1000) - ageSeconds;
      const headers = slackHeaders(body, secret, 'application/json', seconds);
      return (await fetch(`${system.url}/webhooks/slack`, { method: 'POST', headers, body })).status;
    };
    expect(await send(event('forged'), 'another secret')).toBe(401);
    expect(await send(event('stale'), slack.signingSecret, 301)).toBe(401);
    expect(await send(event('truncated').slice(0, -9))).toBe(400);
    expect(await send(event('x'.repeat(10 * 1024 * 1024)))).toBe(200);
    await vi.waitFor(async () => {
      const long = (await continuum.messages('dev-updates')).find(({ text }) => text.startsWith('xxxx'));
      expect(long?.text.length).toBe(100_000);
    }, WAIT);
    const texts = (await continuum.messages('dev-updates')).map(({ text }) => text);
    expect(texts.filter((text) => ['forged', 'stale', 'truncated'].includes(text))).toEqual([]);
  });

  test('every answer came at once, whatever there was to do', () => {
    const answered = slack.deliveries.filter(({ status }) => status !== 0);
    expect(answered.length).toBeGreaterThan(10);
    expect(answered.filter(({ status }) => status !== 200)).toEqual([]);
  });
});
