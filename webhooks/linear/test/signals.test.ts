import { LinearWebhookClient, type LinearWebhookEventType } from '@linear/sdk/webhooks';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commentIdOf, isOwnCommentId } from '../src/comment-id.ts';
import { verifyDelivery } from '../src/delivery.ts';
import { readSignals } from '../src/signals.ts';
import { EXAMPLES, make } from './examples.ts';

const ADA = { id: '6a6f1f0e-2a3b-4c5d-8e9f-0a1b2c3d4e5f', name: 'Ada', kind: 'person' };
const PLACE = { id: 'ENG-42', title: 'Log in with a passkey' };
const [CREATED, UPDATED, REMOVED, SAID, EDITED, DELETED, REACTED] = EXAMPLES.map(({ event, payload }) => ({
  signals: readSignals(event, payload),
  event,
  payload,
}));

test('an issue is a ticket', () => {
  expect(CREATED?.signals).toEqual([
    {
      ...{ kind: 'ticket', action: 'created', place: PLACE, author: ADA, at: '2026-03-01T11:59:00.000Z' },
      ticket: {
        ...{ key: 'ENG-42', title: 'Log in with a passkey', description: 'People want it.', state: 'Todo' },
        url: 'https://linear.app/acme/issue/ENG-42',
      },
    },
  ]);
  expect(UPDATED?.signals).toMatchObject([{ action: 'updated' }]);
  expect(REMOVED?.signals).toMatchObject([{ action: 'removed' }]);
});

test('a change of order or estimate says nothing', () => {
  const payload = { ...UPDATED?.payload, updatedFrom: { sortOrder: 3, updatedAt: 'x' } };
  expect(readSignals('issue', payload)).toEqual([]);
});

test('a comment is a message, its edit and its deletion too', () => {
  expect(SAID?.signals).toEqual([
    {
      ...{ kind: 'message', action: 'created', place: PLACE, author: ADA, at: '2026-03-01T11:59:00.000Z' },
      ...{ externalId: '2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9', text: 'Why not a password?' },
      url: 'https://linear.app/acme/issue/ENG-42#comment-2174add1',
    },
  ]);
  expect(EDITED?.signals).toMatchObject([{ action: 'edited', externalId: '2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9' }]);
  expect(DELETED?.signals).toMatchObject([{ action: 'deleted', replyTo: 'c-0' }]);
});

test('a comment on a document, and an update that leaves the words alone, say nothing', () => {
  const data = { ...Object(SAID?.payload.data), issue: undefined };
  expect(readSignals('comment', { ...SAID?.payload, data })).toEqual([]);
  expect(readSignals('comment', { ...EDITED?.payload, updatedFrom: { resolvedAt: null } })).toEqual([]);
});

test('a reaction names the comment', () => {
  expect(REACTED?.signals).toEqual([
    {
      ...{ kind: 'reaction', action: 'added', author: ADA, at: '2026-03-01T11:59:00.000Z', emoji: 'thumbsup' },
      ...{ place: { id: '2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9' }, on: '2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9' },
    },
  ]);
});

test('bots and comments of our own do not speak as people', () => {
  const asAuthor = (change: object) => {
    const data = { ...Object(SAID?.payload.data), ...change };
    return readSignals('comment', { ...SAID?.payload, data }).map(({ author }) => author.kind);
  };
  expect(asAuthor({ id: commentIdOf('answer:1') })).toEqual(['bot']);
  expect(asAuthor({ botActor: { name: 'GitHub' } })).toEqual(['bot']);
  const app = { ...SAID?.payload, actor: { id: 'app', name: 'App', type: 'oauthClient' } };
  const data = { ...Object(SAID?.payload.data), user: null };
  expect(readSignals('comment', { ...app, data }).map(({ author }) => author)).toEqual([
    { id: 'app', name: 'App', kind: 'bot' },
  ]);
});

test('ids of our comments are UUIDs of version 4, known again, and no stranger has one', () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  fc.assert(
    fc.property(fc.string(), fc.string(), (key, other) => {
      const id = commentIdOf(key);
      expect(id).toMatch(uuid);
      expect(isOwnCommentId(id)).toBe(true);
      expect(commentIdOf(other) === id).toBe(other === key);
    }),
  );
  fc.assert(fc.property(fc.uuid({ version: 4 }), (id) => !isOwnCommentId(id)));
});

test("Linear's own helper believes what we believe, and refuses what we refuse", async () => {
  const secret = 'shared with the SDK';
  const client = new LinearWebhookClient(secret);
  const now = new Date();
  for (const [sealed, believed] of [
    [make({ secret, at: now }), true],
    [make({ secret: 'another one', at: now }), false],
    [make({ secret, at: new Date(now.getTime() - 3_600_000) }), false],
  ] as const) {
    const rawBody = Buffer.from(sealed.body);
    const ours = verifyDelivery({ headers: sealed.headers, rawBody, secret, now }).then(
      () => true,
      () => false,
    );
    const theirs = async () => client.verify(rawBody, String(sealed.headers['linear-signature']));
    expect(await ours).toBe(believed);
    expect(await theirs().catch(() => false)).toBe(believed);
  }
});

test("every type that Linear's helper knows is an event", async () => {
  const types: Readonly<Record<LinearWebhookEventType, true>> = {
    ...{ Attachment: true, AuditEntry: true, Comment: true, Customer: true, CustomerNeed: true, Cycle: true },
    ...{ Document: true, Initiative: true, InitiativeUpdate: true, Issue: true, IssueLabel: true, Project: true },
    ...{ ProjectUpdate: true, Reaction: true, User: true, IssueSLA: true, OAuthApp: true },
    ...{ AppUserNotification: true, PermissionChange: true, AgentSessionEvent: true },
  };
  for (const event of Object.keys(types)) {
    const { headers, body } = make({ secret: 's3cret-s3cret', event });
    const raw = { headers, rawBody: Buffer.from(body), secret: 's3cret-s3cret', now: new Date('2026-03-01T11:59:00Z') };
    expect((await verifyDelivery(raw)).event).toBe(event.toLowerCase());
  }
});
