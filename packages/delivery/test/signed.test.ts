import { createHmac } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import type { RawDelivery } from '@continuum/contract/source';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifySigned } from '../src/signed.ts';

const SECRET = 'a secret of some length';
const NOW = new Date('2026-03-01T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const NEXT = 'Set THE_SECRET.';

interface Sent {
  readonly body?: string | Buffer;
  readonly timestamp?: string;
  readonly secret?: string;
  readonly headers?: Record<string, string | undefined>;
}

function delivery({ body = '{"a":1}', timestamp = String(SECONDS), secret = SECRET, headers = {} }: Sent): RawDelivery {
  const digest = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
  const usual = {
    'x-continuum-delivery': 'd-1',
    'x-continuum-event': 'file-saved',
    'x-continuum-timestamp': timestamp,
    'x-continuum-signature-256': `sha256=${digest}`,
  };
  return { headers: { ...usual, ...headers }, rawBody: Buffer.from(body), secret: SECRET, now: NOW };
}

function codeOf(input: RawDelivery, largest?: number): string {
  try {
    verifySigned(input, NEXT, largest);
    return 'accepted';
  } catch (error) {
    return error instanceof ContinuumError ? error.code : `not ours: ${String(error)}`;
  }
}

test('a signed delivery is read', () => {
  const read = verifySigned(delivery({ body: '{"text":"ü"}' }), NEXT);
  expect(read).toEqual({ deliveryId: 'd-1', event: 'file-saved', payload: { text: 'ü' } });
});

test('the scheme is what its description says', () => {
  // echo -n '1772366400.{}' | openssl dgst -sha256 -hmac secret8!
  const input = delivery({ body: '{}', secret: 'secret8!' });
  expect(SECONDS).toBe(1_772_366_400);
  expect(input.headers['x-continuum-signature-256']).toBe(
    'sha256=b64004e8f596584d2fcfc9ae35d49f1a336d1b97327c1979e73f0fbe1dc7308c',
  );
  expect(codeOf({ ...input, secret: 'secret8!' })).toBe('accepted');
});

test('the previous secret still counts while it is being changed', () => {
  const input = delivery({ secret: 'the one before' });
  expect(codeOf(input)).toBe('UNAUTHORIZED');
  expect(codeOf({ ...input, previousSecret: 'the one before' })).toBe('accepted');
});

test.each([
  ['no signature', { 'x-continuum-signature-256': undefined }],
  ['a signature of something else', { 'x-continuum-signature-256': `sha256=${'0'.repeat(64)}` }],
  ['no timestamp', { 'x-continuum-timestamp': undefined }],
  ['a timestamp that was not signed', { 'x-continuum-timestamp': String(SECONDS + 1) }],
  ['a timestamp that is no number', { 'x-continuum-timestamp': `${SECONDS}.5` }],
])('%s is refused, and the refusal says what to do', (_, headers) => {
  const input = delivery({ headers });
  expect(codeOf(input)).toBe('UNAUTHORIZED');
  expect(() => verifySigned(input, NEXT)).toThrow(expect.objectContaining({ next: NEXT }));
});

test.each([
  [-301, 'UNAUTHORIZED'],
  [-299, 'accepted'],
  [299, 'accepted'],
  [301, 'UNAUTHORIZED'],
])('a delivery signed %i s from now: %s', (offset, code) => {
  expect(codeOf(delivery({ timestamp: String(SECONDS + offset) }))).toBe(code);
});

test('what is not signed is never parsed, and size comes before the proof', () => {
  const broken = delivery({ body: '{', headers: { 'x-continuum-signature-256': 'sha256=00' } });
  expect(codeOf(broken)).toBe('UNAUTHORIZED');
  expect(codeOf(delivery({ body: '{' }))).toBe('MALFORMED_JSON');
  expect(codeOf(broken, 0)).toBe('PAYLOAD_TOO_LARGE');
});

test('a delivery has an id and an event', () => {
  expect(codeOf(delivery({ headers: { 'x-continuum-delivery': undefined } }))).toBe('INVALID_INPUT');
  expect(codeOf(delivery({ headers: { 'x-continuum-event': 'no words' } }))).toBe('INVALID_INPUT');
});

test('one changed byte of the body is refused', () => {
  const body = Buffer.from('{"text":"pay 10 euro"}');
  fc.assert(
    fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const rawBody = Buffer.from(body);
      rawBody[at] = (rawBody[at] ?? 0) ^ mask;
      expect(codeOf({ ...delivery({ body }), rawBody })).toBe('UNAUTHORIZED');
    }),
  );
});
