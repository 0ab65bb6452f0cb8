import { createHmac } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import type { RawDelivery } from '@continuum/contract/source';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyDelivery } from '../src/delivery.ts';
import { EDITOR_EVENTS, readSave, readSignals } from '../src/signals.ts';

const SECRET = 'a secret of some length';
const NOW = new Date('2026-03-01T12:00:00Z');

function delivery(event: string, payload: unknown): RawDelivery {
  const body = JSON.stringify(payload);
  const timestamp = String(NOW.getTime() / 1000);
  const digest = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
  const headers = {
    'x-continuum-delivery': 'd-1',
    'x-continuum-event': event,
    'x-continuum-timestamp': timestamp,
    'x-continuum-signature-256': `sha256=${digest}`,
  };
  return { headers, rawBody: Buffer.from(body), secret: SECRET, now: NOW };
}

async function codeOf(input: RawDelivery): Promise<string> {
  try {
    await verifyDelivery(input);
    return 'accepted';
  } catch (error) {
    return error instanceof ContinuumError ? error.code : `not ours: ${String(error)}`;
  }
}

describe('a delivery', () => {
  test.each([...EDITOR_EVENTS])('%s is taken when it is signed', async (event) => {
    expect(await verifyDelivery(delivery(event, {}))).toEqual({ deliveryId: 'd-1', event });
    expect(await codeOf({ ...delivery(event, {}), secret: 'another secret' })).toBe('UNAUTHORIZED');
    const late = new Date(NOW.getTime() + 301_000);
    expect(await codeOf({ ...delivery(event, {}), now: late })).toBe('UNAUTHORIZED');
  });

  test('of another event is refused', async () => {
    expect(await codeOf(delivery('file-deleted', {}))).toBe('UNKNOWN_EVENT');
  });
});

const SAVE = { repo: 'acme/shop', path: 'src/a.js', text: 'eval(x)\n' };
const JUDGED = { findingId: 'fnd_1', author: 'ana', at: '2026-03-01T12:00:00Z' };

describe('what it says', () => {
  test('a save is a file to review', () => {
    expect(readSave('file-saved', { ...SAVE, languageId: 'javascript', more: 1 })).toEqual({
      ...SAVE,
      languageId: 'javascript',
    });
    expect(readSave('suggestion-accepted', SAVE)).toBeUndefined();
  });

  test.each(['/etc/passwd', '../a.js', 'src/../../a.js', '..', 'a\\b', 'a\nb', ''])(
    'a path like %j is none',
    (path) => {
      expect(readSave('file-saved', { ...SAVE, path })).toBeUndefined();
    },
  );

  test.each(['src/..a/b..js', 'a..b', '.github/x.yml', 'src/ü 1.js'])('a path like %j is one', (path) => {
    expect(readSave('file-saved', { ...SAVE, path })?.path).toBe(path);
  });

  test.each([
    ['suggestion-accepted', {}, { verdict: 'right', reason: '' }],
    ['suggestion-dismissed', { reason: 'only tests' }, { verdict: 'wrong', reason: 'only tests' }],
    ['suggestion-modified', { text: 'safe(x)' }, { verdict: 'edit', text: 'safe(x)' }],
  ])('%s is a verdict of a person about the finding', (event, extra, expected) => {
    const [signal, ...more] = readSignals(event, { ...JUDGED, ...extra });
    expect(more).toEqual([]);
    expect(signal).toMatchObject({
      ...{ kind: 'verdict', about: { findingId: 'fnd_1' }, at: JUDGED.at, ...expected },
      author: { id: 'ana', kind: 'person' },
    });
  });

  test.each([
    ['suggestion-modified', {}],
    ['suggestion-accepted', { text: 'no edit' }],
    ['suggestion-accepted', { findingId: '' }],
    ['suggestion-accepted', { at: 'yesterday' }],
    ['file-saved', SAVE],
    ['anything', {}],
  ])('%s with %j says nothing', (event, extra) => {
    expect(readSignals(event, { ...JUDGED, ...extra })).toEqual([]);
  });

  test('any payload is read or passed over, never thrown at', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EDITOR_EVENTS), fc.dictionary(fc.string(), fc.jsonValue()), (event, payload) => {
        const odd = { ...SAVE, ...JUDGED, ...payload };
        expect(readSignals(event, odd).length).toBeLessThan(2);
        readSave(event, odd);
      }),
    );
  });
});
