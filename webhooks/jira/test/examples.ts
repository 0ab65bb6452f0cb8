import { jiraHeaders } from '@continuum/testing/jira/fake';
import { commentPayload, issuePayload } from '@continuum/testing/jira/shapes';
import { createState, documentOf, type JiraComment, type JiraIssue, userNamed } from '@continuum/testing/jira/state';
import type { MadeDelivery, Order, SourceExample } from '@continuum/testing/source-contract';

const AT = new Date('2026-03-01T11:59:00Z');
const WRITTEN = '2026-03-01T11:58:00.000+0000';
const ADA = userNamed('Ada');

const ISSUE: JiraIssue = {
  ...{ id: '10001', key: 'SHOP-7', summary: 'Log in with a passkey', description: documentOf('People want it.') },
  ...{ status: 'To Do', created: WRITTEN, updated: WRITTEN },
};
const COMMENT: JiraComment = {
  ...{ id: '20001', key: 'SHOP-7', body: documentOf('Why not a password?'), author: ADA },
  ...{ created: WRITTEN, updated: WRITTEN },
};

function stateAt(at: Date) {
  const state = createState();
  state.url = 'https://acme.atlassian.net';
  state.clock = () => at;
  state.issues.set(ISSUE.key, ISSUE);
  return state;
}
const state = stateAt(AT);

export const EXAMPLES: readonly SourceExample[] = [
  { event: 'issue', payload: issuePayload(state, 'created', ISSUE, ADA) },
  { event: 'issue', payload: issuePayload(state, 'updated', ISSUE, ADA, ['status']) },
  { event: 'issue', payload: issuePayload(state, 'deleted', ISSUE, ADA) },
  { event: 'comment', payload: commentPayload(state, 'created', COMMENT) },
  { event: 'comment', payload: commentPayload(state, 'updated', COMMENT) },
  { event: 'comment', payload: commentPayload(state, 'deleted', COMMENT) },
];

export function saying(text: string): SourceExample {
  return { event: 'comment', payload: commentPayload(state, 'created', { ...COMMENT, body: documentOf(text) }) };
}

/** A signed delivery of Jira; its time and event are part of its body. */
export function make({ deliveryId = 'd-1', secret = '', at = AT, event, body }: Order): MadeDelivery {
  const payload = commentPayload(stateAt(at), 'created', COMMENT);
  const text = body ?? JSON.stringify(event === undefined ? payload : { ...payload, webhookEvent: event });
  return { headers: jiraHeaders({ deliveryId }, text, secret), body: text };
}
