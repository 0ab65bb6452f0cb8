import { EventId, newId } from '@continuum/contract/ids';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
    expect(await store.rooms.messageBySource('github', String(ours?.id))).toBeUndefined();
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
    const message = await store.rooms.messageBySource('github', String(said));
    expect(message?.text).toContain('false positive');
    expect(heard).toEqual([message?.id]);
    const created = system.github.deliveries.findLast(({ event }) => event === 'pull_request_review_comment');
    const payload = JSON.parse(created?.body ?? '');
    payload.comment.body = 'an older wording';
    payload.comment.updated_at = '2020-01-01T00:00:00Z';
    const late = { deliveryId: newId('late'), event: 'pull_request_review_comment', action: 'edited', payload };
    await bus.emit('webhook:github:pull_request_review_comment', late, { id: EventId.parse(newId('evt')) });
    await system.settled();
    expect((await store.rooms.messageBySource('github', String(said)))?.text).toContain('false positive');
    await listening.stop();
  });
});
