import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyDelivery } from '../src/delivery.ts';
import { readSignals } from '../src/signals.ts';
import { EXAMPLES, field } from './examples.ts';

const AT = '2026-01-01T00:00:00Z';
const rest = { repository: { full_name: 'acme/shop' }, sender: { login: 'alice', type: 'User' } };
const comment = (body: string, more = {}) => ({
  ...{ id: 7, user: { login: 'alice', type: 'User' }, author_association: 'MEMBER', body },
  ...{ html_url: 'https://x/7', created_at: AT, ...more },
});
const onIssue = (body: string, action = 'created', more = {}) =>
  readSignals('issue_comment', {
    ...{ action, issue: { number: 2, pull_request: {} }, comment: comment(body, more), ...rest },
  });
const onLine = (body: string, more = {}) =>
  readSignals('pull_request_review_comment', {
    ...{ action: 'created', pull_request: { number: 2 }, comment: comment(body, { path: 'a.js', line: 1, ...more }) },
    ...rest,
  });
const place = { id: 'acme/shop#2', repo: 'acme/shop', pr: 2 };
const alice = { id: 'alice', name: 'alice', kind: 'person' };

describe('what people write', () => {
  test('a comment of the conversation, of a review thread and a review are messages with ids of their own', () => {
    const said = { kind: 'message', action: 'created', place, author: alice, text: 'hm', url: 'https://x/7', at: AT };
    expect(onIssue('hm')).toEqual([{ ...said, externalId: 'issue:7' }]);
    expect(onLine('hm', { in_reply_to_id: 5 })).toEqual([{ ...said, externalId: '7', replyTo: '5' }]);
    const review = { ...comment('hm'), state: 'approved', submitted_at: AT };
    const submitted = { action: 'submitted', review, pull_request: { number: 2 }, ...rest };
    expect(readSignals('pull_request_review', submitted)).toEqual([{ ...said, externalId: 'review:7' }]);
  });

  test('edits and deletions say so, at the time of the edit', () => {
    expect(onIssue('new', 'edited', { updated_at: '2026-01-02T00:00:00Z' })).toMatchObject([
      { action: 'edited', at: '2026-01-02T00:00:00Z' },
    ]);
    expect(onIssue('gone', 'deleted')).toMatchObject([{ action: 'deleted', externalId: 'issue:7' }]);
  });

  test("our own comments are a bot's under whoever's token; quoting us is the quoter's", () => {
    expect(onIssue('Look\n\n<!-- continuum-finding:f1 -->\r\n')).toMatchObject([{ author: { kind: 'bot' } }]);
    expect(onIssue('> Look <!-- continuum:k -->\n\nno')).toMatchObject([{ author: alice }]);
  });

  test('a plain issue is nobody of ours', () => {
    const payload = { action: 'created', issue: { number: 2 }, comment: comment('hm'), ...rest };
    expect(readSignals('issue_comment', payload)).toEqual([]);
  });
});

describe('commands', () => {
  test.each([
    ['@continuum explain', 'explain'],
    ['  @Continuum[bot]: ignore  because of tests ', 'ignore  because of tests'],
    ['@continuum\nreview', 'review'],
  ])('%j is %j', (body, words) => {
    expect(onLine(body, { in_reply_to_id: 5 })).toMatchObject([
      { kind: 'command', words, externalId: '7', replyTo: '5', place, author: alice, url: 'https://x/7' },
    ]);
  });

  test.each(['@continuum', '@continuums explain', 'ask @continuum to explain', '> @continuum explain'])(
    '%j is a message',
    (body) => {
      expect(onIssue(body)).toMatchObject([{ kind: 'message', text: body }]);
    },
  );

  test('an edit commands nothing again', () => {
    expect(onIssue('@continuum review', 'edited')).toMatchObject([{ kind: 'message', action: 'edited' }]);
  });
});

describe('threads', () => {
  const thread = (action: string) => ({
    ...{ action, thread: { node_id: 'PRRT_1', comments: [{ id: 7 }, { id: 8 }] }, ...rest },
    pull_request: { number: 2, updated_at: AT },
  });

  test('a closed one is a verdict about its first comment, an opened one says nothing', () => {
    expect(readSignals('pull_request_review_thread', thread('resolved'))).toEqual([
      { kind: 'verdict', place, author: alice, at: AT, about: { externalId: '7' }, verdict: 'resolved', reason: '' },
    ]);
    expect(readSignals('pull_request_review_thread', thread('unresolved'))).toEqual([]);
  });
});

describe("GitHub's published payloads", () => {
  test('all of them are proven and read without an error', async () => {
    const counts: Record<string, number> = {};
    for (const [nth, { event, payload }] of EXAMPLES.entries()) {
      const rawBody = Buffer.from(JSON.stringify(payload));
      const signature = `sha256=${createHmac('sha256', 'secret').update(rawBody).digest('hex')}`;
      const headers = {
        ...{ 'x-hub-signature-256': signature, 'x-github-event': event, 'x-github-delivery': `delivery-${nth}` },
      };
      const delivery = await verifyDelivery({ headers, rawBody, secret: 'secret' });
      for (const { kind } of readSignals(delivery.event, delivery.payload))
        counts[`${event} ${kind}`] = (counts[`${event} ${kind}`] ?? 0) + 1;
    }
    expect(Object.keys(counts).sort()).toEqual([
      'pull_request_review message',
      'pull_request_review_comment message',
      'pull_request_review_thread verdict',
    ]);
    const resolved = EXAMPLES.filter(
      ({ event, payload }) => event.endsWith('_thread') && payload.action === 'resolved',
    );
    expect(counts['pull_request_review_thread verdict']).toBe(resolved.length);
  });

  test('any text is a message or a command that keeps every word', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '@continuum ', '@continuum'), (text, start) => {
        const [signal] = onIssue(start + text);
        const words = signal?.kind === 'command' ? signal.words : String(field(signal, 'text'));
        expect((start + text).trim().endsWith(words.trim())).toBe(true);
      }),
    );
  });
});
