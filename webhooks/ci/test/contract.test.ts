import { describeSource } from '@continuum/testing/source-contract';
import { expect, test } from 'vitest';
import { verifyDelivery } from '../src/delivery.ts';
import { readSignals } from '../src/signals.ts';
import { EXAMPLES, make, saying } from './reports.ts';

describeSource({
  ...{ name: 'ci', verifyDelivery, readSignals, make, saying, examples: EXAMPLES },
  ...{ signatureHeader: 'x-continuum-signature-256', idHeader: 'x-continuum-delivery', staleAfterMs: 300_000 },
});

const NOW = new Date('2026-03-01T12:00:00Z');
const send = (body: object) => {
  const { headers, body: text } = make({ secret: 'a secret', at: NOW, body: JSON.stringify(body) });
  return verifyDelivery({ headers, rawBody: Buffer.from(text), secret: 'a secret', now: NOW });
};

test('what is kept says when it was sent, by the time that was signed', async () => {
  const sent = { repo: 'acme/shop', head: '0a1b2c3d', format: 'eslint', results: [] };
  const { event, body } = await send(sent);
  expect(JSON.parse(body ?? '')).toEqual({ ...sent, at: '2026-03-01T12:00:00.000Z' });
  expect(readSignals(event, JSON.parse(body ?? ''))).toMatchObject([{ at: '2026-03-01T12:00:00.000Z' }]);
});

test.each([
  [{}, 'repo'],
  [{ repo: 'shop', head: '0a1b2c3d', format: 'eslint', results: [] }, 'repo'],
  [{ repo: 'a/b', head: 'main', format: 'eslint', results: [] }, 'head'],
  [{ repo: 'a/b', head: '0a1b2c3d', format: 'junit', results: [] }, 'format'],
  [{ repo: 'a/b', head: '0a1b2c3d', format: 'eslint', results: {} }, "ESLint's JSON format"],
  [{ repo: 'a/b', head: '0a1b2c3d', format: 'sarif', results: { version: '2.0.0', runs: [] } }, 'version'],
  [{ repo: 'a/b', head: '0a1b2c3d', format: 'rdjsonl', results: '{"a":' }, 'rdjsonl'],
  [
    { repo: 'a/b', head: '0a1b2c3d', format: 'sarif', results: { version: '2.1.0', runs: [{ tool: 1 }] } },
    'runs.0.tool',
  ],
  [{ repo: 'a/b', head: '0a1b2c3d', format: 'eslint', results: [], url: 'javascript:x' }, 'url'],
])('%# tells what is wrong', async (body, named) => {
  await expect(send(body)).rejects.toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(named) });
});
