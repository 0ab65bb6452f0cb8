import { readFile } from 'node:fs/promises';
import { MAX_PAYLOAD_DEPTH } from '@continuum/delivery/payload';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCompactObject as isCompactObjectIn } from '../src/json-scan.ts';
import { generate } from './build-kernels.ts';

const isCompactObject = (text: string, limit: number): boolean => isCompactObjectIn(Buffer.from(text), limit);

test('the bytes of the kernel are those of the source beside it', async () => {
  const committed = await readFile(new URL('../src/json-object-module.ts', import.meta.url), 'utf8');
  expect(committed).toBe(await generate());
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

/** What it says yes to has to be an object for the parser as well. */
function agrees(text: string, limit = MAX_PAYLOAD_DEPTH): boolean {
  if (!isCompactObject(text, limit)) return true;
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) && depthOf(value) <= limit;
}

test('every compact object that is not too deep is recognised', () => {
  const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 6 }));
  fc.assert(
    fc.property(object, fc.nat(9), (value, limit) => {
      expect(isCompactObject(JSON.stringify(value), limit)).toBe(depthOf(value) <= limit);
    }),
    { numRuns: 2000 },
  );
});

test('says yes to nothing that a parser refuses: objects with anything changed, cut or put in', () => {
  const piece = fc.constantFrom(...'{}[]:,"\\0-.eE+tfn u\n\u0001', '\\u', '\\x', 'true', '""', '1.', '01', '-');
  const text = fc.tuple(fc.jsonValue({ maxDepth: 4 }), fc.nat(), fc.nat(3), piece).map(([value, at, cut, put]) => {
    const whole = JSON.stringify({ a: value });
    const from = at % (whole.length + 1);
    return whole.slice(0, from) + put + whole.slice(from + cut);
  });
  fc.assert(
    fc.property(text, (changed) => agrees(changed)),
    { numRuns: 20_000 },
  );
});

test('says yes to nothing that a parser refuses: any sequence of tokens', () => {
  const token = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"a"',
    '"\\""',
    '"\\\\"',
    '"\\\\u00e"',
    '1',
    '-0',
    'null',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), (tokens) => agrees(`{${tokens.join('')}`, 4)),
    { numRuns: 50_000 },
  );
});

test.each(['{"a":1}', '{"a":"\\\\"}', '{"a":[{},[],-1.5e+3,true]}'])('%s is an object', (text) => {
  expect(isCompactObject(text, 3)).toBe(true);
});

test.each(['', '{', '[]', '{"a":1}x', '{"a":1,}', '{"a":01}', '{"a":"\\x"}', '{"a":"\\\\\\x"}', '{"a" :1}', '{,}'])(
  '%s is left to a parser',
  (text) => expect(isCompactObject(text, 3)).toBe(false),
);

test('what was scanned before leaves nothing behind', () => {
  expect(isCompactObject(`{"a":"${'x'.repeat(100)}"}`, 3)).toBe(true);
  for (const cut of ['{"a":"x', '{"a":"x"', '{"a', '{"a":12', '{"a":tru', '{"a":"\\', '{"a":"\\u00']) {
    expect(isCompactObject(cut, 3)).toBe(false);
  }
});

test('a text of any length is read to its end or left to a parser', () => {
  const megabyte = 1 << 20;
  for (const length of [15, 16, 17, 1000, megabyte - 17, megabyte - 16, megabyte - 15, megabyte, 2 * megabyte]) {
    const text = `{"a":"${'x'.repeat(length - 8)}"}`;
    expect(text).toHaveLength(length);
    expect(isCompactObject(text, 3)).toBe(length <= megabyte - 16);
    expect(isCompactObject(`${text.slice(0, -1)}\u0000`, 3)).toBe(false);
  }
});
