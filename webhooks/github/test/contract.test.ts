import { deliveryHeaders } from '@continuum/testing/github/deliveries';
import { describeSource, type MadeDelivery, type Order, type SourceExample } from '@continuum/testing/source-contract';
import { verifyDelivery } from '../src/delivery.ts';
import { readSignals } from '../src/signals.ts';
import { EXAMPLES } from './examples.ts';

/** Published payloads of what people say on pull requests. */
const SAID = EXAMPLES.filter(({ event, payload }) => readSignals(event, payload).length > 0);

function make({
  deliveryId = 'd-1',
  secret = '',
  event = 'ping',
  body = '{"zen":"Design for failure."}',
}: Order): MadeDelivery {
  return { headers: deliveryHeaders({ deliveryId, event, body }, secret), body };
}

function saying(text: string): SourceExample {
  const comment = SAID.find(({ event }) => event === 'pull_request_review_comment');
  const payload = { ...comment?.payload, comment: { ...Object(comment?.payload.comment), body: text } };
  return { event: 'pull_request_review_comment', payload };
}

describeSource({
  ...{ name: 'github', verifyDelivery, readSignals, make, saying, examples: SAID },
  ...{ signatureHeader: 'x-hub-signature-256', idHeader: 'x-github-delivery', staleAfterMs: undefined },
});
