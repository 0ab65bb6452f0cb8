import { CODE_BYTES, makeCode, readCode } from '@continuum/room/handshake';
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

  test.each(['', 'K7QF', 'K7QF-2M9X3', 'K7QF-2M9U', 'K7QF--2M9X', '../../etc'])('%j is none', (text) => {
    expect(readCode(text)).toBeUndefined();
  });

  test('is found or not in any text, without an error', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readCode(text)));
  });
});
