import type { RawDelivery } from '@continuum/contract/source';
import { slackHeaders } from '@continuum/testing/slack/deliveries';

export const SECRET = 'a signing secret';
export const NOW = new Date('2026-11-20T10:00:00Z');
const FORM = 'application/x-www-form-urlencoded';

/** Text as Slack would send it, signed at that time. */
export function signed(body: string, contentType = 'application/json', at = NOW, secret = SECRET): RawDelivery {
  const headers = slackHeaders(body, secret, contentType, Math.floor(at.getTime() / 1000));
  return { headers, rawBody: Buffer.from(body), secret: SECRET, now: NOW };
}

/** A payload as buttons and forms come. */
export function interaction(payload: object): RawDelivery {
  return signed(new URLSearchParams({ payload: JSON.stringify(payload) }).toString(), FORM);
}

/** The fields of a slash command. */
export function command(fields: Readonly<Record<string, string>>): RawDelivery {
  return signed(new URLSearchParams(fields).toString(), FORM);
}

/** An event in the envelope of the Events API. */
export function callback(event: object, id = 'Ev0001'): Record<string, unknown> {
  return {
    type: 'event_callback',
    event_id: id,
    api_app_id: 'A0APP',
    event_time: 1_795_168_800,
    authorizations: [{ user_id: 'U0BOT', is_bot: true }],
    event,
  };
}
