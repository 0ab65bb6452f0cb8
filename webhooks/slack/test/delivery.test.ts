import { ContinuumError } from '@continuum/contract/errors';
import { isValidSlackRequest } from '@slack/bolt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromSocket, verifyDelivery } from '../src/delivery.ts';
import { callback, command, interaction, NOW, SECRET, signed } from './requests.ts';

const EVENT = callback({ type: 'message', channel: 'C1', user: 'U1', ts: '1.000001', text: 'hi' });
const BODY = JSON.stringify(EVENT);

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ContinuumError ? error.code : String(error);
}

describe('what Slack sends', () => {
  test('an event is named by its event id, which a retry repeats, and answered with 200', async () => {
    const first = await verifyDelivery(signed(BODY));
    const delivery = signed(BODY);
    const retry = await verifyDelivery({ ...delivery, headers: { ...delivery.headers, 'x-slack-retry-num': '1' } });
    expect(first).toEqual({ deliveryId: 'Ev0001', event: 'event_callback', reply: { status: 200 } });
    expect(retry).toEqual(first);
  });

  test('a handshake gets its challenge back and nothing is kept', async () => {
    const delivery = await verifyDelivery(signed(JSON.stringify({ type: 'url_verification', challenge: 'abc' })));
    expect(delivery).toMatchObject({ isHandshake: true, reply: { status: 200, body: { challenge: 'abc' } } });
  });

  test('a button and a slash command are kept as JSON with their time', async () => {
    const click = await verifyDelivery(interaction({ type: 'block_actions', trigger_id: '1.2.abc' }));
    expect(click).toMatchObject({ deliveryId: '1.2.abc', event: 'interactive', reply: { status: 200 } });
    expect(JSON.parse(click.body ?? '')).toMatchObject({ type: 'block_actions', received_at: NOW.toISOString() });
    const typed = await verifyDelivery(command({ command: '/continuum', text: 'help', trigger_id: '3.4.def' }));
    expect(typed).toMatchObject({ deliveryId: '3.4.def', event: 'command' });
    expect(typed.reply).toMatchObject({ status: 200, body: { response_type: 'ephemeral' } });
    expect(JSON.parse(typed.body ?? '')).toMatchObject({ text: 'help' });
  });

  test('what has no trigger is named by its content', async () => {
    const one = await verifyDelivery(interaction({ type: 'view_closed', view: { id: 'V1' } }));
    const same = await verifyDelivery(interaction({ type: 'view_closed', view: { id: 'V1' } }));
    const other = await verifyDelivery(interaction({ type: 'view_closed', view: { id: 'V2' } }));
    expect(same.deliveryId).toBe(one.deliveryId);
    expect(other.deliveryId).not.toBe(one.deliveryId);
  });

  test('over a socket the same delivery has the same name', async () => {
    expect(fromSocket('event_callback', EVENT, NOW).deliveryId).toBe('Ev0001');
    const payload = { type: 'block_actions', trigger_id: '1.2.abc' };
    const overHttp = await verifyDelivery(interaction(payload));
    expect(fromSocket('interactive', payload, NOW)).toEqual(overHttp);
  });
});

describe('what Slack did not send', () => {
  test('a forged, an unsigned and an emptied delivery are refused, and nothing of them is read', async () => {
    expect(await codeOf(verifyDelivery(signed(BODY, 'application/json', NOW, 'another secret')))).toBe('UNAUTHORIZED');
    expect(await codeOf(verifyDelivery({ ...signed(BODY), headers: {} }))).toBe('UNAUTHORIZED');
    expect(await codeOf(verifyDelivery({ ...signed(BODY), rawBody: Buffer.alloc(0) }))).toBe('UNAUTHORIZED');
    expect(await codeOf(verifyDelivery({ ...signed('{'), rawBody: Buffer.from('{{') }))).toBe('UNAUTHORIZED');
  });

  test('a stale one is refused after five minutes, and one from the future', async () => {
    const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
    await expect(verifyDelivery(signed(BODY, 'application/json', at(-300)))).resolves.toBeDefined();
    expect(await codeOf(verifyDelivery(signed(BODY, 'application/json', at(-301))))).toBe('UNAUTHORIZED');
    expect(await codeOf(verifyDelivery(signed(BODY, 'application/json', at(301))))).toBe('UNAUTHORIZED');
  });

  test('a time that is none is refused', async () => {
    for (const time of ['', 'now', '1e9', '-1', '1795168800.5', '9'.repeat(30)]) {
      const delivery = signed(BODY);
      const headers = { ...delivery.headers, 'x-slack-request-timestamp': time };
      expect(await codeOf(verifyDelivery({ ...delivery, headers })), time).toBe('UNAUTHORIZED');
    }
  });

  test('a secret that is being changed counts beside the new one', async () => {
    const old = { ...signed(BODY), secret: 'the new secret' };
    expect(await codeOf(verifyDelivery(old))).toBe('UNAUTHORIZED');
    await expect(verifyDelivery({ ...old, previousSecret: SECRET })).resolves.toMatchObject({ deliveryId: 'Ev0001' });
  });

  test('signed but truncated, too deep, too large or no event: each has its code', async () => {
    expect(await codeOf(verifyDelivery(signed(BODY.slice(0, -5))))).toBe('MALFORMED_JSON');
    expect(await codeOf(verifyDelivery(signed(`${'['.repeat(100)}${']'.repeat(100)}`)))).toBe('PAYLOAD_TOO_DEEP');
    expect(await codeOf(verifyDelivery(signed('x'.repeat(25 * 1024 * 1024 + 1))))).toBe('PAYLOAD_TOO_LARGE');
    expect(await codeOf(verifyDelivery(signed('{"type":"app_rate_limited"}')))).toBe('INVALID_INPUT');
  });
});

test("our proof and Bolt's say the same of any body, any flipped byte and any other time", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.integer({ min: 0, max: 10_000 }),
      fc.integer({ min: -400, max: 400 }),
      fc.boolean(),
      async (text, at, age, flip) => {
        const body = JSON.stringify({ ...EVENT, text });
        const delivery = signed(body, 'application/json', new Date(NOW.getTime() - age * 1000));
        const bytes = Buffer.from(body);
        if (flip) bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
        const ours = await codeOf(verifyDelivery({ ...delivery, rawBody: bytes }));
        const theirs = isValidSlackRequest({
          signingSecret: SECRET,
          body: bytes.toString(),
          headers: {
            'x-slack-signature': String(delivery.headers['x-slack-signature']),
            'x-slack-request-timestamp': Number(delivery.headers['x-slack-request-timestamp']),
          },
          nowMilliseconds: NOW.getTime(),
        });
        // Bolt lets a delivery from the future pass.
        fc.pre(age > -300);
        expect(ours !== 'UNAUTHORIZED').toBe(theirs);
      },
    ),
  );
});
