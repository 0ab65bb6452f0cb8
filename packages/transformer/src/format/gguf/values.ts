import { type ByteReader, type ByteWriter, corruptGguf } from './bytes.ts';

type Scalar = number | string | boolean;

/** A metadata value as it is written: scalars and arrays of one element type. */
export type GgufValue =
  | { readonly type: 'u32' | 'i32' | 'f32' | 'f64'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'texts'; readonly value: readonly string[] }
  | { readonly type: 'i32s'; readonly value: readonly number[] };

/** Type numbers of the GGUF specification (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
const ID = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, array: 9, f64: 12 } as const;
const MAX_ELEMENTS = 10_000_000;

const NUMBERS: Readonly<Record<number, { readonly bytes: number; readonly get: (view: DataView) => number }>> = {
  0: { bytes: 1, get: (view) => view.getUint8(0) },
  1: { bytes: 1, get: (view) => view.getInt8(0) },
  2: { bytes: 2, get: (view) => view.getUint16(0, true) },
  3: { bytes: 2, get: (view) => view.getInt16(0, true) },
  4: { bytes: 4, get: (view) => view.getUint32(0, true) },
  5: { bytes: 4, get: (view) => view.getInt32(0, true) },
  6: { bytes: 4, get: (view) => view.getFloat32(0, true) },
  10: { bytes: 8, get: (view) => Number(view.getBigUint64(0, true)) },
  11: { bytes: 8, get: (view) => Number(view.getBigInt64(0, true)) },
  12: { bytes: 8, get: (view) => view.getFloat64(0, true) },
};

/** Appends a value with its type. */
export function writeValue(out: ByteWriter, entry: GgufValue): void {
  if (entry.type === 'texts') writeArray(out, ID.text, entry.value, (each) => out.text(each));
  else if (entry.type === 'i32s') writeArray(out, ID.i32, entry.value, (each) => out.next(4).setInt32(0, each, true));
  else {
    out.u32(ID[entry.type]);
    writeScalar(out, entry);
  }
}

function writeArray<T>(out: ByteWriter, type: number, values: readonly T[], write: (value: T) => void): void {
  out.u32(ID.array);
  out.u32(type);
  out.u64(values.length);
  for (const value of values) write(value);
}

function writeScalar(out: ByteWriter, entry: Exclude<GgufValue, { type: 'texts' | 'i32s' }>): void {
  if (entry.type === 'text') out.text(entry.value);
  else if (entry.type === 'bool') out.next(1).setUint8(0, entry.value ? 1 : 0);
  else if (entry.type === 'u32') out.u32(entry.value);
  else if (entry.type === 'i32') out.next(4).setInt32(0, entry.value, true);
  else if (entry.type === 'f32') out.next(4).setFloat32(0, entry.value, true);
  else out.next(8).setFloat64(0, entry.value, true);
}

/** Reads a value with its type; arrays of arrays, which no adapter has, are refused. Throws LAYER_CORRUPT. */
export function readValue(from: ByteReader): Scalar | Scalar[] {
  const type = from.u32();
  if (type !== ID.array) return readScalar(from, type);
  const element = from.u32();
  const count = from.u64();
  if (count > Math.min(MAX_ELEMENTS, from.left)) throw corruptGguf(`it names an array of ${count} values`);
  return Array.from({ length: count }, () => readScalar(from, element));
}

function readScalar(from: ByteReader, type: number): Scalar {
  if (type === ID.text) return from.text();
  if (type === ID.bool) return readBoolean(from);
  const number = NUMBERS[type];
  if (number === undefined) throw corruptGguf(`it has a value of the unknown type ${type}`);
  return number.get(from.next(number.bytes));
}

function readBoolean(from: ByteReader): boolean {
  const byte = from.next(1).getUint8(0);
  if (byte > 1) throw corruptGguf(`it has a truth value of ${byte}`);
  return byte === 1;
}
