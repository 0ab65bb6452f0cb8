import { describeSource } from '@continuum/testing/source-contract';
import { expect, test } from 'vitest';
import { BELIEVED_MS, verifyDelivery } from '../src/delivery.ts';
import { readSignals } from '../src/signals.ts';
import { EXAMPLES, make, saying } from './examples.ts';

describeSource({
  ...{ name: 'jira', verifyDelivery, readSignals, make, saying, examples: EXAMPLES },
  ...{ signatureHeader: 'x-hub-signature', idHeader: 'x-atlassian-webhook-identifier', staleAfterMs: BELIEVED_MS },
});

test.each([
  ['jira:issue_created', 'issue'],
  ['jira:issue_updated', 'issue'],
  ['jira:issue_deleted', 'issue'],
  ['comment_created', 'comment'],
  ['comment_deleted', 'comment'],
  ['jira:version_released', 'version_released'],
  ['sprint_started', 'sprint_started'],
  ['issuelink_created', 'issuelink_created'],
  ['issue_property_set', 'issue_property_set'],
])('%s is the event %s', async (webhookEvent, event) => {
  const { headers, body } = make({ secret: 'a secret', event: webhookEvent });
  const raw = { headers, rawBody: Buffer.from(body), secret: 'a secret', now: new Date('2026-03-01T12:00:00Z') };
  expect((await verifyDelivery(raw)).event).toBe(event);
});

test('the example that Atlassian publishes is signed as we say', async () => {
  // https://developer.atlassian.com/cloud/jira/platform/webhooks/#testing-the-webhook-payload-validation
  const headers = {
    'x-hub-signature': 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9',
    'x-atlassian-webhook-identifier': 'd-1',
  };
  const raw = { headers, rawBody: Buffer.from('Hello World!'), secret: "It's a Secret to Everybody", now: new Date() };
  // It is signed, so it gets as far as the parser.
  await expect(verifyDelivery(raw)).rejects.toMatchObject({ code: 'MALFORMED_JSON' });
});
