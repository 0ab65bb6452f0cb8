import { createHmac } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import { MAX_PAYLOAD_BYTES } from '@continuum/delivery/payload';
import { deliveryHeaders } from '@continuum/testing/github/deliveries';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyDelivery } from '../src/delivery.ts';

type DeliveryInput = Parameters<typeof verifyDelivery>[0];

const SECRET = "It's a Secret to Everybody";

function signed(body: string | Buffer, secret = SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}
function delivery(body: string | Buffer, headers: Record<string, string | undefined> = {}): DeliveryInput {
  const usual = { 'x-github-delivery': 'd-1', 'x-github-event': 'ping', 'x-hub-signature-256': signed(body) };
  return { headers: { ...usual, ...headers }, rawBody: Buffer.from(body), secret: SECRET };
}
async function codeOf(input: DeliveryInput): Promise<string> {
  try {
    await verifyDelivery(input);
    return 'accepted';
  } catch (error) {
    return error instanceof ContinuumError ? error.code : `not ours: ${String(error)}`;
  }
}

describe('signature', () => {
  test("GitHub's own published example", () => {
    // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    const example = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(signed('Hello, World!')).toBe(example);
    const input = delivery('Hello, World!', { 'x-hub-signature-256': example });
    // It is signed, so it gets as far as the parser.
    return expect(codeOf(input)).resolves.toBe('MALFORMED_JSON');
  });

  test('a signed delivery is named', async () => {
    const body = '{"action":"opened","zen":"Keep it logically awesome."}';
    expect(await verifyDelivery(delivery(body, { 'x-github-event': 'pull_request' }))).toEqual({
      deliveryId: 'd-1',
      event: 'pull_request',
    });
    expect(await verifyDelivery(delivery('{}'))).toEqual({ deliveryId: 'd-1', event: 'ping' });
  });

  test('the fake GitHub signs the same way', async () => {
    const sent = { deliveryId: 'd-2', event: 'push', body: '{"ref":"refs/heads/ü"}' };
    const input = { headers: deliveryHeaders(sent, SECRET), rawBody: Buffer.from(sent.body), secret: SECRET };
    expect(await verifyDelivery(input)).toMatchObject({ deliveryId: 'd-2', event: 'push' });
  });

  test('the previous secret still counts while it is being changed', async () => {
    const input = delivery('{}', { 'x-hub-signature-256': signed('{}', 'old secret') });
    expect(await codeOf(input)).toBe('UNAUTHORIZED');
    expect(await codeOf({ ...input, previousSecret: 'old secret' })).toBe('accepted');
    expect(await codeOf({ ...input, previousSecret: '' })).toBe('UNAUTHORIZED');
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['of another body', signed('{"a":1}')],
    ['of another secret', signed('{}', 'guess')],
    ['sha1', `sha1=${createHmac('sha1', SECRET).update('{}').digest('hex')}`],
    ['without its prefix', signed('{}').slice('sha256='.length)],
    ['cut', signed('{}').slice(0, -1)],
    ['of wide characters', `sha256=${'é'.repeat(64)}`],
  ])('a signature that is %s is refused', async (_, signature) => {
    expect(await codeOf(delivery('{}', { 'x-hub-signature-256': signature }))).toBe('UNAUTHORIZED');
  });

  test('one changed byte anywhere is refused', async () => {
    const body = Buffer.from('{"text":"pay 10 euro \uFFFD"}');
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(body);
        changed[at] = (changed[at] ?? 0) ^ flip;
        const input = { ...delivery(body), rawBody: changed };
        expect(await codeOf(input)).toBe('UNAUTHORIZED');
      }),
    );
  });

  test('bytes that only look the same once decoded are refused', async () => {
    const honest = Buffer.from('{"a":"\uFFFD"}');
    const forged = Buffer.concat([honest.subarray(0, 6), Buffer.from([0xff]), honest.subarray(9)]);
    expect(forged.toString('utf8')).toBe(honest.toString('utf8'));
    expect(await codeOf({ ...delivery(honest), rawBody: forged })).toBe('UNAUTHORIZED');
  });
});

describe('bad input', () => {
  const deep = (levels: number): string => '['.repeat(levels - 1) + ']'.repeat(levels - 1);

  test.each([
    ['no delivery id', '{}', { 'x-github-delivery': undefined }, 'INVALID_INPUT'],
    ['no event', '{}', { 'x-github-event': undefined }, 'INVALID_INPUT'],
    ['a delivery id with a line break', '{}', { 'x-github-delivery': 'a\nb' }, 'INVALID_INPUT'],
    ['an unknown event', '{}', { 'x-github-event': 'tea_time' }, 'UNKNOWN_EVENT'],
    ['an event named like an object property', '{}', { 'x-github-event': 'constructor' }, 'UNKNOWN_EVENT'],
    ['cut JSON', '{"a":', {}, 'MALFORMED_JSON'],
    ['a list', '[]', {}, 'MALFORMED_JSON'],
    ['null', 'null', {}, 'MALFORMED_JSON'],
    ['form encoding', 'payload=%7B%7D', {}, 'MALFORMED_JSON'],
    ['64 levels', `{"a":${deep(64)}}`, {}, 'accepted'],
    ['65 levels', `{"a":${deep(65)}}`, {}, 'PAYLOAD_TOO_DEEP'],
    ['a million levels', '['.repeat(1_000_000), {}, 'PAYLOAD_TOO_DEEP'],
    ['brackets in strings', `{"a":"${'[{'.repeat(100)}\\"${'['.repeat(100)}"}`, {}, 'accepted'],
  ])('%s', async (_, body, headers, code) => {
    expect(await codeOf(delivery(body, headers))).toBe(code);
  });

  test('an empty body is refused', async () => {
    expect(await codeOf(delivery(''))).toBe('UNAUTHORIZED');
  });

  test('too large is said before the signature is looked at', async () => {
    const rawBody = Buffer.alloc(MAX_PAYLOAD_BYTES + 1, 0x20);
    expect(await codeOf({ ...delivery('{}'), rawBody })).toBe('PAYLOAD_TOO_LARGE');
  });

  test('nothing unsigned is parsed, whatever is wrong with it', async () => {
    const headers = { 'x-hub-signature-256': 'sha256=0', 'x-github-event': 'tea_time' };
    expect(await codeOf(delivery('['.repeat(1000), headers))).toBe('UNAUTHORIZED');
  });

  test('any signed text ends in one of our codes', async () => {
    const codes = ['accepted', 'MALFORMED_JSON', 'PAYLOAD_TOO_DEEP'];
    const text = fc.oneof(
      fc.json(),
      fc.string({ minLength: 1, unit: 'binary-ascii' }),
      fc.json().map((json) => `{"x":${json}}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (body) => {
        fc.pre(body.isWellFormed());
        expect(codes).toContain(await codeOf(delivery(body)));
      }),
    );
  });
});
