import type { Finding } from '@continuum/contract/finding';
import { EventId, FindingId, newId, ReviewId } from '@continuum/contract/ids';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { threadMessageId } from '../src/identity.ts';
import { injection, type PersonaSystem, REPO, startPersonas } from './system.ts';

let system: PersonaSystem;
beforeAll(async () => {
  system = await startPersonas();
}, 60_000);
afterAll(() => system?.close());

describe('comments that come back', () => {
  test('our own comment is not heard as the words of the person whose token wrote it', async () => {
    const pr = await system.open('own', { 'src/own.js': injection('own') });
    const [ours] = system.github.reviewComments(REPO, pr);
    const delivery = system.github.deliveries.find(({ event }) => event === 'pull_request_review_comment');
    const payload = JSON.parse(delivery?.body ?? '');
    payload.comment.user = { ...payload.comment.user, login: 'alice', type: 'User' };
    expect(payload.comment.body).toBe(ours?.body);
    await system.runtime.bus.emit(
      'webhook:github:pull_request_review_comment',
      { deliveryId: newId('again'), event: 'pull_request_review_comment', action: 'created', payload },
      { id: EventId.parse(newId('evt')) },
    );
    await system.settled();
    const { store } = system.runtime;
    expect(await store.views.messageAt('github', String(ours?.id))).toBeUndefined();
  });

  test('an edited answer is told again, and an older edit that arrives late changes nothing', async () => {
    const pr = await system.open('edited', { 'src/edited.js': injection('edited') });
    const [finding] = (await system.findings(pr)).filter(({ status }) => status === 'posted');
    const said = await system.github.reply(REPO, pr, finding?.externalId ?? '', 'alice', 'Good point.');
    await system.settled();
    const heard: string[] = [];
    const { bus, store } = system.runtime;
    const listening = await bus.subscribe('room:message', async ({ payload }) => {
      if ('messageId' in payload) heard.push(payload.messageId);
    });
    await system.github.editComment(REPO, pr, said, 'Actually a false positive: the name comes from a constant.');
    await system.settled();
    const message = await store.views.messageAt('github', String(said));
    expect(message?.text).toContain('false positive');
    expect(heard).toEqual([message?.id]);
    const created = system.github.deliveries.findLast(({ event }) => event === 'pull_request_review_comment');
    const payload = JSON.parse(created?.body ?? '');
    payload.comment.body = 'an older wording';
    payload.comment.updated_at = '2020-01-01T00:00:00Z';
    const late = { deliveryId: newId('late'), event: 'pull_request_review_comment', action: 'edited', payload };
    await bus.emit('webhook:github:pull_request_review_comment', late, { id: EventId.parse(newId('evt')) });
    await system.settled();
    expect((await store.views.messageAt('github', String(said)))?.text).toContain('false positive');
    await listening.stop();
  });
});

test('a comment of the conversation and one of a review thread may have the same number', async () => {
  const pr = await system.open('numbers', { 'src/numbers.js': injection('numbers') });
  const [ours] = system.github.reviewComments(REPO, pr);
  await system.github.reply(REPO, pr, ours?.id ?? 0, 'alice', 'In the thread.');
  await system.github.issueComment(REPO, pr, 'alice', 'In the conversation.');
  await system.settled();
  const last = (name: string) => system.github.deliveries.findLast(({ event }) => event === name)?.body ?? '';
  const inThread = JSON.parse(last('pull_request_review_comment'));
  const payload = JSON.parse(last('issue_comment'));
  payload.comment = { ...payload.comment, id: inThread.comment.id, body: 'The same number.' };
  await system.runtime.bus.emit('webhook:github:issue_comment', { deliveryId: newId('n'), event: 'x', payload });
  await system.settled();
  const thread = await system.runtime.store.rooms.thread(threadMessageId(`${REPO}#${pr}`));
  const said = thread.filter(({ author }) => author.kind === 'person').map(({ text }) => text);
  // They come over subscriptions of their own: which is handled first is nobody's promise.
  expect(said.toSorted()).toEqual(['In the conversation.', 'In the thread.', 'The same number.']);
});

describe('pushes and sizes', () => {
  test('a finding that still stands after a push is not told twice, and the summary still lists it', async () => {
    const pr = await system.open('again', { 'src/again.js': injection('again') });
    await system.github.push(REPO, pr, { 'src/other.js': 'module.exports = 1;\n' });
    await system.settled();
    expect(system.github.reviewComments(REPO, pr)).toHaveLength(1);
    const [summary] = system.github.issueComments(REPO, pr);
    expect(summary?.body).toContain('1 finding');
    expect(summary?.body).toContain('src/again.js:2');
  });

  test('a summary that was held up tells what the newest review said', async () => {
    const pr = await system.open('late', { 'src/late.js': injection('late') });
    const [first] = await system.runtime.store.reviews.list({ repo: REPO, pr });
    await system.github.push(REPO, pr, { 'src/late.js': 'module.exports = 1;\n' });
    await system.settled();
    const [before] = system.github.issueComments(REPO, pr);
    expect(before?.body).toContain('addressed');
    const told = (await system.runtime.store.stream.recent(100)).map(({ payload }) => payload);
    expect(told).toContainEqual(expect.objectContaining({ repo: REPO, status: 'addressed' }));
    const input = { repo: REPO, pr, reviewId: first?.id ?? ReviewId.parse('none') };
    const caller = { kind: 'system', id: 'test' } as const;
    await system.runtime.commands.execute('github/summary', input, { caller, idempotencyKey: 'late' });
    expect(system.github.issueComments(REPO, pr).map(({ body }) => body)).toEqual([before?.body]);
  });

  test('two pushes reviewed at the same time tell a finding once', async () => {
    const { commands, codeHost, store } = system.runtime;
    const real = await system.open('race', { 'src/race.js': injection('race') });
    const change = await codeHost?.changeSet({ repo: REPO, pr: real });
    if (change === undefined) throw new Error('no code host');
    const pr = 999;
    const context = { caller: { kind: 'system', id: 'test' } } as const;
    const run = (key: string) => commands.execute('review/run', { change: { ...change, pr }, key }, context);
    await Promise.all([run('race-one'), run('race-two')]);
    expect(await store.reviews.findings({ repo: REPO, pr, status: 'posted' })).toHaveLength(1);
  });

  test('of a thousand findings and more those that were chosen are posted', async () => {
    const pr = await system.open('many', { 'src/many.js': injection('many') });
    const { store, commands } = system.runtime;
    const [posted] = (await system.findings(pr)).filter(({ status }) => status === 'posted');
    const [reviewed] = await store.reviews.list({ repo: REPO, pr });
    if (posted === undefined || reviewed === undefined) throw new Error('no review');
    const review = { ...reviewed, id: ReviewId.parse('rev_many'), key: 'many' };
    const found = Array.from({ length: 1_100 }, (_, index): Finding => {
      const own = { ...posted, id: FindingId.parse(`fnd_many_${index}`), reviewId: review.id, fingerprint: `${index}` };
      return index === 0 ? own : { ...own, status: 'withheld', withheldBecause: 'cap' };
    });
    await store.reviews.begin(review);
    await store.reviews.finish(review, found);
    const context = { caller: { kind: 'system', id: 'test' }, idempotencyKey: 'many' } as const;
    const answer = await commands.execute('github/review', { repo: REPO, pr, reviewId: review.id }, context);
    expect(answer.comments).toBe(1);
  });
});

describe('a code host that does not answer', () => {
  test('a refusal is a dead letter at once and holds up nobody; an outage is outlasted', async () => {
    const { bus, store } = system.runtime;
    system.github.failNext({ method: 'GET', path: /\/pulls\/\d+$/, status: 404, times: 1 });
    const refused = await system.open('refused', { 'src/refused.js': injection('refused') });
    expect((await bus.deadLetters()).map(({ consumer, deliveries }) => [consumer, deliveries])).toEqual([
      ['persona-review', 1],
    ]);
    expect(await store.reviews.list({ repo: REPO, pr: refused })).toEqual([]);
    system.github.failNext({ method: 'GET', path: /\/pulls\/\d+$/, status: 503, times: 1 });
    const outage = await system.open('outage', { 'src/outage.js': injection('outage') });
    expect(system.github.reviewComments(REPO, outage)).toHaveLength(1);
  });
});
