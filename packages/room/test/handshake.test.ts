import { CODE_BYTES, makeCode, readCode, saidCode } from '@continuum/room/handshake';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const random = fc.uint8Array({ minLength: CODE_BYTES, maxLength: CODE_BYTES });

describe('a code', () => {
  test('is read back however people type it', () => {
    fc.assert(
      fc.property(random, fc.constantFrom('upper', 'lower'), fc.boolean(), (bytes, letters, hyphen) => {
        const code = makeCode(bytes);
        const typed = (letters === 'upper' ? code : code.toLowerCase()).replace('-', hyphen ? '-' : '');
        expect(readCode(` ${typed.replaceAll('0', 'O').replaceAll('1', 'l')} `)).toBe(code);
        expect(saidCode(`@continuum link ${typed}`)).toBe(code);
      }),
    );
  });

  test('differs wherever its bytes differ', () => {
    fc.assert(
      fc.property(random, random, (one, other) => {
        expect(makeCode(one) === makeCode(other)).toBe(Buffer.compare(one, other) === 0);
      }),
    );
    expect(() => makeCode(new Uint8Array(4))).toThrow(RangeError);
  });

  test.each([
    ['@continuum link K7QF-2M9X', 'K7QF-2M9X'],
    ['Hello @Continuum, link k7qf2m9x please', 'K7QF-2M9X'],
    ['@continuum[bot] link K7QF-2M9X', 'K7QF-2M9X'],
    ['> @continuum link K7QF-2M9X\n\nwhat is this?', undefined],
    ['Please write `@continuum link K7QF-2M9X`', undefined],
    ['```\n@continuum link K7QF-2M9X\n```', undefined],
    ['mail me@continuum link K7QF-2M9X', undefined],
    ['@continuum link K7QF-2M9X3', undefined],
    ['@continuum-fans link K7QF-2M9X', undefined],
    ['@continuum link', undefined],
  ])('%j says %j', (text, code) => {
    expect(saidCode(text)).toBe(code);
  });

  test('is found or not in any text, without an error', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void [saidCode(text), readCode(text)]));
  });
});
