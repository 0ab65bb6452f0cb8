import { linearHeaders } from '@continuum/testing/linear/fake';
import { commentPayload, issuePayload, reactionPayload } from '@continuum/testing/linear/payloads';
import type { LinearComment, LinearIssue } from '@continuum/testing/linear/state';
import type { MadeDelivery, Order, SourceExample } from '@continuum/testing/source-contract';

const AT = '2026-03-01T11:59:00.000Z';
const ADA = { id: '6a6f1f0e-2a3b-4c5d-8e9f-0a1b2c3d4e5f', name: 'Ada', email: 'ada@acme.test' };

const ISSUE: LinearIssue = {
  ...{ id: '9cfb482a-81e3-4154-b5b9-2c805e70a02d', team: 'ENG', number: 42, title: 'Log in with a passkey' },
  ...{ description: 'People want it.', state: 'Todo', creator: ADA, createdAt: AT, updatedAt: AT },
};

const COMMENT: LinearComment = {
  ...{ id: '2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9', issueId: ISSUE.id, body: 'Why not a password?', parentId: null },
  ...{ user: ADA, createdAt: AT, updatedAt: AT, editedAt: null },
};

const at = new Date(AT);
const create = { action: 'create', actor: ADA, at } as const;
const remove = { action: 'remove', actor: ADA, at } as const;

export const EXAMPLES: readonly SourceExample[] = [
  { event: 'issue', payload: issuePayload(ISSUE, create) },
  { event: 'issue', payload: issuePayload(ISSUE, { ...create, action: 'update', updatedFrom: { title: 'Log in' } }) },
  { event: 'issue', payload: issuePayload(ISSUE, remove) },
  { event: 'comment', payload: commentPayload(ISSUE, COMMENT, create) },
  {
    event: 'comment',
    payload: commentPayload(ISSUE, COMMENT, { ...create, action: 'update', updatedFrom: { body: '' } }),
  },
  { event: 'comment', payload: commentPayload(ISSUE, { ...COMMENT, parentId: 'c-0' }, remove) },
  { event: 'reaction', payload: reactionPayload(ISSUE, COMMENT, 'thumbsup', create) },
];

export function saying(body: string): SourceExample {
  return { event: 'comment', payload: commentPayload(ISSUE, { ...COMMENT, body }, create) };
}

/** A signed delivery of Linear; its time and type are part of its body. */
export function make({
  deliveryId = 'd-1',
  secret = '',
  at: sentAt = at,
  event = 'Comment',
  body,
}: Order): MadeDelivery {
  const payload = { ...commentPayload(ISSUE, COMMENT, create), type: event, webhookTimestamp: sentAt.getTime() };
  const text = body ?? JSON.stringify(payload);
  return { headers: linearHeaders({ deliveryId, event }, text, secret), body: text };
}
