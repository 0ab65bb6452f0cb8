import { EventId, MessageId, newId } from '@continuum/contract/ids';
import type { Message } from '@continuum/contract/room';
import { type FakeJira, startFakeJira } from '@continuum/testing/jira/fake';
import { type FakeLinear, startFakeLinear } from '@continuum/testing/linear/fake';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findingMessageId, ticketThreadId } from '../src/identity.ts';
import { type Receiver, SECRET, startReceiver } from './receiver.ts';
import { injection, type PersonaSystem, REPO, startPersonas } from './system.ts';

// Whole reviews on a machine that others use too.
vi.setConfig({ testTimeout: 120_000 });

let system: PersonaSystem;
let receiver: Receiver;
let linear: FakeLinear;
let jira: FakeJira;

beforeAll(async () => {
  linear = await startFakeLinear();
  jira = await startFakeJira();
  system = await startPersonas({
    ...{ LINEAR_API_KEY: linear.apiKey, LINEAR_API_URL: linear.url },
    ...{ JIRA_URL: jira.url, JIRA_EMAIL: jira.email, JIRA_API_TOKEN: jira.apiToken },
  });
  receiver = await startReceiver(system.runtime);
  linear.setWebhook({ url: receiver.urlOf('linear'), secret: SECRET });
  jira.setWebhook({ url: receiver.urlOf('jira'), secret: SECRET });
}, 120_000);
afterAll(async () => {
  await receiver?.close();
  await system?.close();
  await linear?.stop();
  await jira?.stop();
});

async function settled(): Promise<void> {
  await system.settled();
  // An answer of ours comes back as a delivery.
  await Promise.all([linear.settled(), jira.settled()]);
  await system.settled();
}

const threadOf = (source: 'linear' | 'jira', key: string): Promise<Message[]> =>
  system.runtime.store.rooms.thread(ticketThreadId(source, key));
const texts = async (source: 'linear' | 'jira', key: string) =>
  (await threadOf(source, key)).map(({ author, text }) => `${author.kind}: ${text}`);
const caller = { kind: 'system', id: 'test' } as const;

describe('a ticket', () => {
  test('begins a thread that shows it as it stands; its comments follow, as their authors leave them', async () => {
    const key = await linear.createIssue('ENG', 'ada', { title: 'Passkeys', description: 'Without *passwords*.' });
    const said = await linear.comment(key, 'ada', 'Why not both?');
    await linear.comment(key, 'bob', 'Because.', said);
    const gone = await linear.comment(key, 'bob', 'Never mind.');
    await linear.editComment(said, 'Why not both of them?');
    await linear.deleteComment(gone);
    await linear.updateIssue(key, 'ada', { state: 'Done' });
    await settled();
    expect(await texts('linear', key)).toEqual([
      'system: **[ENG-1](https://linear.app/acme/issue/ENG-1)** Passkeys · `Done`\n\nWithout \\*passwords\\*.',
      'person: Why not both of them?',
      'person: Because.',
      'person: ',
    ]);
    const [root, question, answer] = await threadOf('linear', key);
    expect([root?.roomId, question?.replyTo, answer?.replyTo]).toEqual(['dev-updates', root?.id, question?.id]);
    expect(question?.author.id).toMatch(/^linear:/);
    await linear.removeIssue(key, 'ada');
    await settled();
    expect((await texts('linear', key))[0]).toContain('Removed.');
  });

  test('sent again, in whatever order, changes nothing', async () => {
    await jira.createIssue('SHOP-7', 'Ada', { summary: 'Faster', description: 'By half.' });
    await jira.comment('SHOP-7', 'Ada', 'By {{50 %}}.');
    await jira.updateIssue('SHOP-7', 'Ada', { status: 'Done' });
    await settled();
    const before = await threadOf('jira', 'SHOP-7');
    expect(before.map(({ text }) => text)).toEqual([
      `**[SHOP-7](${jira.url}/browse/SHOP-7)** Faster · \`Done\`\n\nBy half.`,
      'By `50 %`.',
    ]);
    const [created, commented] = jira.deliveries;
    for (const delivery of [commented, created]) await jira.redeliver(delivery?.deliveryId ?? '');
    await settled();
    expect(await threadOf('jira', 'SHOP-7')).toEqual(before);
  });

  test('that was there before us begins with its first comment', async () => {
    linear.setWebhook(undefined);
    const key = await linear.createIssue('OLD', 'ada', { title: 'From before' });
    linear.setWebhook({ url: receiver.urlOf('linear'), secret: SECRET });
    await linear.comment(key, 'ada', 'Still true.');
    await settled();
    expect(await texts('linear', key)).toEqual(['system: **OLD-1** From before', 'person: Still true.']);
  });
});

describe('an answer', () => {
  test('goes back to the ticket in Linear, once, and is not heard as a person', async () => {
    const key = await linear.createIssue('ASK', 'ada', { title: 'Questions' });
    await linear.comment(key, 'ada', '@security-ai what do you think?');
    await settled();
    const ours = linear.comments(key).filter(({ user }) => user.name === 'continuum');
    expect(ours).toHaveLength(1);
    const thread = await threadOf('linear', key);
    expect(thread.map(({ author }) => author.kind)).toEqual(['system', 'person', 'persona']);
    const reply = thread.at(-1);
    expect(ours[0]?.body).toBe(reply?.text);
    const links = await system.runtime.store.views.linksOf([reply?.id ?? MessageId.parse('none')]);
    expect(links).toMatchObject([{ kind: 'linear', externalId: ours[0]?.id }]);
    expect(linear.deliveries.filter(({ body }) => body.includes(ours[0]?.id ?? 'none'))).toHaveLength(1);
  });

  test('goes back to the ticket in Jira, also when the acknowledgement of it was lost', async () => {
    await jira.createIssue('ASK-1', 'Ada', { summary: 'Questions' });
    jira.failNext({ method: 'POST', path: /ASK-1\/comment$/, afterEffect: true });
    await jira.comment('ASK-1', 'Ada', '@security-ai what do you think?');
    await settled();
    expect(jira.comments('ASK-1').filter(({ author }) => author.displayName === 'Continuum')).toHaveLength(1);
    expect((await threadOf('jira', 'ASK-1')).map(({ author }) => author.kind)).toEqual(['system', 'person', 'persona']);
  });
});

test('what somebody says of a ticket in a room is written on it, once and under their name', async () => {
  const key = await linear.createIssue('SAY', 'ada', { title: 'Said from elsewhere' });
  const { commands, store } = system.runtime;
  const say = (text: string) =>
    commands.execute(
      'chat/send',
      { ...{ roomId: 'dev-updates', text }, author: { kind: 'person', id: 'alice', name: 'Alice' } },
      { caller },
    );
  const { id } = await say(`@continuum ticket ${key} Fixed by the *next* release.`);
  const unknown = await say('@continuum ticket NONE-1 Hello?');
  await settled();
  expect(linear.comments(key).map(({ body }) => body)).toEqual(['Fixed by the *next* release.\n\n_Alice_']);
  expect((await store.rooms.thread(id)).at(-1)?.text).toContain(`[${key}](`);
  expect((await store.rooms.thread(unknown.id)).at(-1)?.text).toBe('No tracker shows me NONE-1.');
});

test('what people answer to a finding that stands on a ticket is said in the thread of the finding', async () => {
  const pr = await system.open('on-ticket', { 'src/ticket.js': injection('ticket') });
  const [finding] = (await system.findings(pr)).filter(({ status }) => status === 'posted');
  if (finding === undefined) throw new Error('no finding');
  const key = await linear.createIssue('FIND', 'ada', { title: 'A finding' });
  const messageId = findingMessageId(finding.id);
  const input = { ticket: key, body: 'A finding: is it right?', messageId };
  const { commands, store } = system.runtime;
  const { externalId } = await commands.execute('linear/comment', input, { caller, idempotencyKey: 'finding-1' });
  await commands.execute('linear/comment', input, { caller, idempotencyKey: 'finding-1' });
  expect(linear.comments(key)).toHaveLength(1);
  await linear.comment(key, 'alice', 'A false positive: the folder is a constant.', externalId);
  await settled();
  const thread = await store.rooms.thread((await store.rooms.message(messageId))?.threadId ?? messageId);
  const said = thread.find(({ text }) => text.startsWith('A false positive'));
  expect(said).toMatchObject({ replyTo: messageId, source: { kind: 'linear', place: key } });
});

test('a pull request that names a ticket is reviewed with it in mind', async () => {
  const key = await linear.createIssue('PULL', 'ada', { title: 'Limit uploads', description: 'To 5 MB.' });
  await jira.createIssue('WORK-3', 'Ada', { summary: 'Quota' });
  const pr = await system.open(`ada/${key.toLowerCase()}-and-work-3`, { 'src/pull.js': injection('pull') });
  const [review] = await system.runtime.store.reviews.list({ repo: REPO, pr });
  expect(review?.intent?.tickets).toMatchObject([
    { key, title: 'Limit uploads' },
    { key: 'WORK-3', title: 'Quota' },
  ]);
});

test('a tracker that is away costs a review its tickets and nothing else', async () => {
  linear.failNext({ path: /graphql/, status: 503, times: 10 });
  const pr = await system.open('ada/gone-1-away', { 'src/away.js': injection('away') });
  linear.clearFaults();
  expect((await system.findings(pr)).filter(({ status }) => status === 'posted')).toHaveLength(1);
});

test('odd deliveries of a source do no harm', async () => {
  const payload = { action: 'create', type: 'Comment', data: { id: 7, issue: 'x' } };
  const { bus } = system.runtime;
  await bus.emit(
    'webhook:linear:comment',
    { deliveryId: 'odd', event: 'comment', payload },
    { id: EventId.parse(newId('e')) },
  );
  await settled();
  expect(await bus.deadLetters()).toEqual([]);
});
