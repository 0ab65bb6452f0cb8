import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSafetensors, rewriteSafetensors, type Tensor, writeSafetensors } from '../../src/format/safetensors.ts';
import { flip, refusal } from './damage.ts';

const tensor = fc.array(fc.nat(4), { maxLength: 3 }).chain((shape): fc.Arbitrary<Tensor> => {
  const count = shape.reduce((product, size) => product * size, 1);
  return fc.float32Array({ minLength: count, maxLength: count, noNaN: true }).map((data) => ({ shape, data }));
});
const name = fc.stringMatching(/^[a-z][a-z._]{0,12}$/);
const tensors = fc.dictionary(name, tensor, { maxKeys: 5, noNullPrototype: true });
const metadata = fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 3, noNullPrototype: true });

const sample = (): Uint8Array =>
  writeSafetensors(
    [
      ['b', { shape: [2, 2], data: Float32Array.of(1, -2, 3.5, 0) }],
      ['a', { shape: [3], data: Float32Array.of(7, 8, 9) }],
    ],
    { format: 'pt' },
  );

/** A file of this header over this many bytes of zeros. */
function forged(header: unknown, bytes: number): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}
const entry = (dtype: string, shape: number[], start: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [start, end],
});

test('what was written reads back, and writes again as the same bytes', () => {
  fc.assert(
    fc.property(tensors, metadata, fc.nat(3), (values, about, shift) => {
      const written = writeSafetensors(Object.entries(values), about);
      // Anywhere in a larger buffer: the numbers are then not where a view could begin.
      const bytes = new Uint8Array(written.length + shift).subarray(shift);
      bytes.set(written);
      const read = readSafetensors(bytes);
      expect(read.metadata).toEqual(about);
      expect(Object.fromEntries(read.tensors)).toEqual(values);
      expect(rewriteSafetensors(read.header, read.tensors)).toEqual(written);
    }),
  );
});

test('the data begin on a multiple of 8 bytes and are not copied', () => {
  const bytes = sample();
  const { tensors: read } = readSafetensors(bytes);
  expect(read.get('a')?.data.buffer).toBe(bytes.buffer);
  expect((read.get('a')?.data.byteOffset ?? 1) % 8).toBe(0);
  expect([...read.keys()]).toEqual(['a', 'b']);
});

describe('half precision', () => {
  const count = 65_536;
  const isNaNBits = (bits: number, exponent: number): boolean =>
    (bits & exponent) === exponent && (bits & ~(0x8000 | exponent)) !== 0;

  test.each([
    ['F16', 0x7c00, 1.5, 0x3e00],
    ['BF16', 0x7f80, 1.5, 0x3fc0],
  ])('every %s number survives the way through F32', (dtype, exponent, value, bits) => {
    const file = forged({ x: entry(dtype, [count], 0, 2 * count) }, 2 * count);
    const view = new DataView(file.buffer, file.length - 2 * count);
    for (let each = 0; each < count; each += 1) view.setUint16(each * 2, each, true);
    const read = readSafetensors(file);
    expect(read.tensors.get('x')?.data[bits]).toBe(value);
    const again = rewriteSafetensors(read.header, read.tensors);
    const numbers = new DataView(again.buffer, again.length - 2 * count);
    for (let each = 0; each < count; each += 1) {
      if (!isNaNBits(each, exponent) && numbers.getUint16(each * 2, true) !== each) expect.fail(`${dtype} ${each}`);
    }
  });
});

describe('damage', () => {
  test('every truncation is refused', () => {
    const bytes = sample();
    for (let length = 0; length < bytes.length; length += 1) {
      expect(refusal(() => readSafetensors(bytes.subarray(0, length)))).toBe('LAYER_CORRUPT');
    }
  });

  test('every turned bit is refused or stays inside the file', () => {
    const bytes = sample();
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const code = refusal(() => {
        const { tensors: read } = readSafetensors(flip(bytes, bit));
        expect([...read.values()].reduce((sum, { data }) => sum + data.length, 0)).toBe(7);
      });
      expect([undefined, 'LAYER_CORRUPT']).toContain(code);
    }
  });

  test('bytes of chance are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(refusal(() => readSafetensors(bytes))).toBe('LAYER_CORRUPT');
      }),
    );
  });

  test.each([
    ['an overlap', { a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }, 12],
    ['a hole', { a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, 12],
    ['bytes too many', { a: entry('F32', [1], 0, 4) }, 8],
    ['a shape of another size', { a: entry('F32', [3], 0, 8) }, 8],
    ['a negative size', { a: entry('F32', [-1, -2], 0, 8) }, 8],
    ['a size beyond all bounds', { a: entry('F32', [2 ** 40, 2 ** 40], 0, 8) }, 8],
    ['nine dimensions', { a: entry('F32', [1, 1, 1, 1, 1, 1, 1, 1, 1], 0, 4) }, 4],
    ['offsets the wrong way round', { a: entry('F32', [0], 4, 0) }, 4],
    ['an element type that is not read', { a: entry('I64', [1], 0, 8) }, 8],
    ['no offsets', { a: { dtype: 'F32', shape: [1] } }, 4],
    ['metadata that are no text', { __metadata__: { rank: 4 } }, 0],
    ['a list for a header', [], 0],
  ])('%s is refused', (_what, header, bytes) => {
    expect(refusal(() => readSafetensors(forged(header, bytes)))).toBe('LAYER_CORRUPT');
  });

  test('a header that claims to be longer than 100 MB is refused before anything is read', () => {
    const bytes = sample();
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 60n, true);
    expect(() => readSafetensors(bytes)).toThrow('longer than 100 MB');
  });
});

describe('files of another kind are named', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value.padEnd(200, 'x'));
  test.each([
    ['a Python pickle', Uint8Array.of(0x80, 0x04, 0x95, 1, 2, 3, 4, 5, 6, 7, 8, 9)],
    ['a PyTorch archive', text('PK\u0003\u0004')],
    ['a GGUF file', text('GGUF')],
    ['a Git LFS pointer', text('version https://git-lfs.github.com/spec/v1\n')],
  ])('%s', (kind, bytes) => {
    expect(() => readSafetensors(bytes)).toThrow(kind);
    expect(refusal(() => readSafetensors(bytes))).toBe('LAYER_CORRUPT');
  });
});
