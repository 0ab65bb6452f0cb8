import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonCandidates } from '../src/extract-json.ts';

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const answer = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }).map(json);
const prose = fc.string().map((text) => text.replaceAll(/[{}[\]"]/g, ''));

test('an object is found in whatever prose stands around it', () => {
  fc.assert(
    fc.property(prose, answer, prose, fc.constantFrom(undefined, 2), (before, value, after, indent) => {
      const text = `x ${before}${JSON.stringify(value, undefined, indent)}${after}`;
      expect([...jsonCandidates(text)]).toEqual([value]);
    }),
  );
});

test('the whole text counts first, as any JSON value', () => {
  fc.assert(
    fc.property(fc.jsonValue().map(json), (value) => {
      expect([...jsonCandidates(` ${JSON.stringify(value)}\n`)]).toEqual([value]);
    }),
  );
});

test.each([
  ['a code fence', 'Here it is:\n```json\n{"a": 1}\n```\nAnything else?', [{ a: 1 }]],
  ['a block of thought', '<think>maybe {"a": 0}?</think>\n{"a": 1}', [{ a: 1 }]],
  ['several values', 'Lines [1] and [2]: {"a": "}"}', [[1], [2], { a: '}' }]],
  ['brackets that are no JSON', 'if (x) { y } then {"a": 1}', [{ a: 1 }]],
  ['an object that is cut off', '{"a": [1, 2', []],
  ['a cut object after a good one', 'no {"a": 1} {"b": ', [{ a: 1 }]],
])('%s', (_, text, expected) => {
  expect([...jsonCandidates(text)]).toEqual(expected);
});

test('an answer of nothing but brackets costs no time', () => {
  const start = performance.now();
  expect([...jsonCandidates('{"'.repeat(200_000))]).toEqual([]);
  expect(performance.now() - start).toBeLessThan(2000);
});
