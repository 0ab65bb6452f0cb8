import { DTYPE_BYTES, type Dtype, decodeFloats, encodeFloats } from '../floats.ts';
import type { Tensor } from '../safetensors.ts';
import { ByteReader, ByteWriter, corruptGguf } from './bytes.ts';
import { type GgufValue, readValue, writeValue } from './values.ts';

/*
 * GGUF version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): magic, version, counts, metadata, tensor
 * infos, padding, then each tensor at a multiple of the alignment. Shapes stand reversed: the innermost size first.
 */

/** What a GGUF file holds: metadata as plain values, tensors row-major as F32. */
export interface GgufFile {
  readonly metadata: ReadonlyMap<string, ReturnType<typeof readValue>>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const MAGIC = 0x46554747;
const VERSION = 3;
const ALIGNMENT = 32;
const MAX_ENTRIES = 100_000;
const MAX_DIMENSIONS = 4;
const F32 = 0;
/** Element types of GGML that are read. */
const DTYPES: Readonly<Record<number, Dtype>> = { [F32]: 'F32', 1: 'F16', 30: 'BF16' };

const aligned = (size: number, alignment: number): number => Math.ceil(size / alignment) * alignment;

/** Writes a GGUF file of F32 tensors, in the order given. */
export function writeGguf(metadata: ReadonlyMap<string, GgufValue>, tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const out = new ByteWriter();
  out.u32(MAGIC);
  out.u32(VERSION);
  out.u64(tensors.size);
  out.u64(metadata.size);
  for (const [key, value] of metadata) {
    out.text(key);
    writeValue(out, value);
  }
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    out.text(name);
    out.u32(shape.length);
    for (const size of shape.toReversed()) out.u64(size);
    out.u32(F32);
    out.u64(offset);
    offset = aligned(offset + data.byteLength, ALIGNMENT);
  }
  for (const { data } of tensors.values()) {
    out.align(ALIGNMENT);
    out.append(encodeFloats(data, 'F32'));
  }
  out.align(ALIGNMENT);
  return out.take();
}

interface Info {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Reads a GGUF file of version 3 with F32, F16 or BF16 tensors. Tensors must follow one another as the alignment says;
 * F32 ones are views over `bytes` where alignment allows. Throws LAYER_CORRUPT for anything else.
 */
export function readGguf(bytes: Uint8Array): GgufFile {
  const from = new ByteReader(bytes);
  if (from.left < 24 || from.u32() !== MAGIC) throw corruptGguf('it does not begin with GGUF');
  const version = from.u32();
  if (version !== VERSION) throw corruptGguf(`it is of version ${version}, read is ${VERSION}`);
  const [tensorCount, valueCount] = [from.u64(), from.u64()];
  if (Math.max(tensorCount, valueCount) > MAX_ENTRIES) throw corruptGguf('it names too many entries');
  const metadata = readNamed(valueCount, () => [from.text(), readValue(from)]);
  const alignment = readAlignment(metadata.get('general.alignment'));
  const infos = readNamed(tensorCount, () => {
    const info = readInfo(from);
    return [info.name, info];
  });
  const start = aligned(from.at, alignment);
  return { metadata, tensors: readTensors([...infos.values()], bytes.subarray(start), alignment) };
}

function readNamed<T>(count: number, read: () => readonly [string, T]): Map<string, T> {
  const named = new Map<string, T>();
  for (let index = 0; index < count; index += 1) {
    const [name, value] = read();
    if (named.has(name)) throw corruptGguf(`"${name}" stands twice`);
    named.set(name, value);
  }
  return named;
}

function readAlignment(value: unknown): number {
  if (value === undefined) return ALIGNMENT;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 8 && value <= 65_536 && value % 8 === 0) {
    return value;
  }
  throw corruptGguf('its alignment makes no sense');
}

function readInfo(from: ByteReader): Info {
  const name = from.text();
  const dimensions = from.u32();
  if (dimensions > MAX_DIMENSIONS) throw corruptGguf(`"${name}" has ${dimensions} dimensions`);
  const shape = Array.from({ length: dimensions }, () => from.u64()).toReversed();
  const type = from.u32();
  const dtype = DTYPES[type];
  if (dtype === undefined) throw corruptGguf(`"${name}" is of type ${type}; F32, F16 and BF16 are read`);
  const size = shape.reduce((product, each) => product * each, DTYPE_BYTES[dtype]);
  return { name, shape, dtype, offset: from.u64(), bytes: size };
}

function readTensors(infos: readonly Info[], data: Uint8Array, alignment: number): Map<string, Tensor> {
  let expected = 0;
  const tensors = new Map<string, Tensor>();
  for (const { name, shape, dtype, offset, bytes } of infos) {
    if (offset !== expected) throw corruptGguf(`"${name}" lies at ${offset}, not at ${expected}`);
    if (offset + bytes > data.byteLength) throw corruptGguf(`"${name}" is cut off`);
    tensors.set(name, { shape, data: decodeFloats(data.subarray(offset, offset + bytes), dtype) });
    expected = aligned(offset + bytes, alignment);
  }
  if (data.byteLength > expected) throw corruptGguf(`${data.byteLength - expected} bytes too many stand at the end`);
  return tensors;
}
