import fc from 'fast-check';
import { expect, test } from 'vitest';
import { branchTicketKeys, ticketKeys } from '../src/keys.ts';

test.each([
  ['Fix login, closes ENG-42 and eng-43', ['ENG-42']],
  ['ENG-42: first\n\nsee (PROJ_X-7), ENG-42 again, [OPS-1]', ['ENG-42', 'PROJ_X-7', 'OPS-1']],
  ['https://linear.app/acme/issue/ENG-42/login', []],
  ['UTF-8, SHA-256, RFC-2119, CVE-2024-12345, CWE-79, ISO-8601, GPT-4', []],
  ['A-1 ENG-0 ENG-007 ENG-12345678 XENG-42x v1.ENG-4', []],
  ['', []],
])('keys in %j', (text, keys) => {
  expect(ticketKeys(text)).toEqual(keys);
});

test.each([
  ['ada/eng-42-login', ['ENG-42']],
  ['ENG-42', ['ENG-42']],
  ['feature/shop-7_and_ops-3', ['SHOP-7', 'OPS-3']],
  ['release-1.2', []],
  ['main', []],
  ['fix/utf-8-names', []],
])('keys in the branch %j', (branch, keys) => {
  expect(branchTicketKeys(branch)).toEqual(keys);
});

test('at most ten, each once, whatever stands around them', () => {
  const key = fc.tuple(fc.constantFrom('ENG', 'OPS', 'SHOP2'), fc.integer({ min: 1, max: 9_999_999 }));
  const between = fc.constantFrom(' ', ', ', '\n', ' (', ') ', ': ');
  fc.assert(
    fc.property(fc.array(fc.tuple(key, between), { maxLength: 30 }), (parts) => {
      const text = parts.map(([[project, number], gap]) => `${gap}${project}-${number}`).join(' ');
      const wanted = [...new Set(parts.map(([[project, number]]) => `${project}-${number}`))].slice(0, 10);
      expect(ticketKeys(text)).toEqual(wanted);
    }),
  );
});

test('any text is read in linear time and gives keys that it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      for (const key of ticketKeys(text)) expect(text).toContain(key);
      for (const key of branchTicketKeys(text)) expect(text.toUpperCase()).toContain(key);
    }),
  );
  expect(ticketKeys(`${'A'.repeat(5_000_000)} ENG-1`)).toEqual([]);
});
