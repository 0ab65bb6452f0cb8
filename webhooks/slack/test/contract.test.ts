import { slackHeaders } from '@continuum/testing/slack/deliveries';
import { describeSource, type MadeDelivery, type Order, type SourceExample } from '@continuum/testing/source-contract';
import { verifyDelivery } from '../src/delivery.ts';
import { readSignals } from '../src/signals.ts';
import { callback } from './requests.ts';

const AT = new Date('2026-03-01T12:00:00Z');
const MESSAGE = {
  type: 'message',
  channel: 'C024BE91L',
  channel_type: 'channel',
  user: 'U061F7AUR',
  ts: '1772366400.000200',
};
const REACTION = {
  ...{ type: 'reaction_added', user: 'U061F7AUR', reaction: '+1', event_ts: '1772366401.000100' },
  item: { type: 'message', channel: 'C024BE91L', ts: '1772366400.000200' },
};

function make({ deliveryId = 'Ev0001', secret = '', at = AT, event = 'message', body }: Order): MadeDelivery {
  const text = body ?? JSON.stringify(callback({ ...MESSAGE, type: event, text: 'Why is this wrong?' }, deliveryId));
  return { headers: slackHeaders(text, secret, 'application/json', Math.floor(at.getTime() / 1000)), body: text };
}

const saying = (text: string): SourceExample => ({
  event: 'event_callback',
  payload: callback({ ...MESSAGE, text }),
});

describeSource({
  ...{ name: 'slack', verifyDelivery, readSignals, make, saying },
  examples: [saying('Not a problem here.'), { event: 'event_callback', payload: callback(REACTION) }],
  ...{ signatureHeader: 'x-slack-signature', idHeader: undefined, staleAfterMs: 300_000 },
});
