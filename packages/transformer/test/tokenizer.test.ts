import { tinyTokenizer } from '@continuum/testing/tiny-tokenizer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenizer } from '../src/tokenizer.ts';

const tokenizer = createTokenizer(tinyTokenizer());

test('answers are one token each, and nothing is put before them', () => {
  for (const answer of [' post', ' skip']) expect(tokenizer.encode(answer)).toHaveLength(1);
  expect(tokenizer.encode('')).toEqual([]);
  expect(tokenizer.decode([])).toBe('');
});

test('any text comes back from its tokens', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text.replaceAll('<|endoftext|>', ''));
    }),
  );
});

test.each([[null], [{}], [{ model: { type: 'Nonsense', vocab: {} } }]])('%j is refused', (json) => {
  expect(() => createTokenizer(json)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
});
