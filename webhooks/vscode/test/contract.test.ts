import { createHmac } from 'node:crypto';
import { describeSource, type MadeDelivery, type Order, type SourceExample } from '@continuum/testing/source-contract';
import { verifyDelivery } from '../src/delivery.ts';
import { readSignals } from '../src/signals.ts';

const AT = new Date('2026-03-01T12:00:00Z');

function make({ deliveryId = 'd-1', secret = '', at = AT, event = 'suggestion-accepted', body }: Order): MadeDelivery {
  const text = body ?? JSON.stringify(saying('').payload);
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const digest = createHmac('sha256', secret).update(`${timestamp}.${text}`).digest('hex');
  const headers = {
    'x-continuum-delivery': deliveryId,
    'x-continuum-event': event,
    'x-continuum-timestamp': timestamp,
    'x-continuum-signature-256': `sha256=${digest}`,
  };
  return { headers, body: text };
}

function saying(reason: string): SourceExample {
  return {
    event: 'suggestion-dismissed',
    payload: { findingId: 'fnd_1', author: 'ana', at: AT.toISOString(), reason },
  };
}

describeSource({
  ...{ name: 'vscode', verifyDelivery, readSignals, make, saying, examples: [saying('only tests')] },
  ...{ signatureHeader: 'x-continuum-signature-256', idHeader: 'x-continuum-delivery', staleAfterMs: 300_000 },
});
