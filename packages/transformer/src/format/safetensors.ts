import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';
import { recognise } from './file-kind.ts';
import { DTYPE_BYTES, type Dtype, decodeFloats, encodeFloats } from './floats.ts';

/*
 * The safetensors format (https://github.com/huggingface/safetensors#format):
 *   u64 length of the header | header, JSON padded with spaces | all tensors' bytes without holes
 */

/** A tensor of any shape, row-major, always F32 in memory. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a safetensors file holds; `header` is its JSON as it stands there, padding included. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly header: string;
}

/** The reference implementation's limit of a header, in bytes. */
const MAX_HEADER_BYTES = 100_000_000;
const MAX_DIMENSIONS = 8;

const Dimension = z.number().int().nonnegative();
const Entry = z.strictObject({
  dtype: z.string(),
  shape: z.array(Dimension).max(MAX_DIMENSIONS),
  data_offsets: z.tuple([Dimension, Dimension]),
});
const Metadata = z.record(z.string(), z.string());
const Header = z.record(z.string(), z.unknown());

interface Placed {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

function corrupt(why: string, next = 'Fetch the file again, or restore it from a copy.'): ContinuumError {
  return new ContinuumError('LAYER_CORRUPT', `These weights are not a sound safetensors file: ${why}.`, { next });
}

function headerText(bytes: Uint8Array): string {
  const known = (why: string): ContinuumError => {
    const kind = recognise(bytes);
    return kind === undefined ? corrupt(why) : corrupt(`it is ${kind.name}`, kind.next);
  };
  if (bytes.byteLength < 10) throw known(`${bytes.byteLength} bytes are too few`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) throw known('its header is longer than 100 MB');
  if (length < 2 || length > bytes.byteLength - 8) throw known('its header is cut off');
  if (bytes[8] !== 0x7b) throw known('its header is no JSON object');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, 8 + length));
  } catch {
    throw known('its header is no UTF-8');
  }
}

function parseHeader(text: string): { readonly metadata: Record<string, string>; readonly placed: Placed[] } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw corrupt('its header is no JSON');
  }
  const header = Header.safeParse(json);
  if (!header.success) throw corrupt('its header is no JSON object');
  const { __metadata__, ...entries } = header.data;
  const metadata = Metadata.safeParse(__metadata__ ?? {});
  if (!metadata.success) throw corrupt('its metadata are not all text');
  return { metadata: metadata.data, placed: Object.entries(entries).map(([name, entry]) => place(name, entry)) };
}

function place(name: string, value: unknown): Placed {
  const entry = Entry.safeParse(value);
  if (!entry.success) throw corrupt(`the entry "${name}" is not a tensor`);
  const { dtype, shape, data_offsets } = entry.data;
  if (!isDtype(dtype)) {
    throw corrupt(`"${name}" is ${dtype}`, 'Only F32, F16 and BF16 are read: save the weights in one of these.');
  }
  const [start, end] = data_offsets;
  const wanted = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
  if (end - start !== wanted) throw corrupt(`"${name}" of shape [${shape.join(', ')}] takes ${end - start} bytes`);
  return { name, dtype, shape, start, end };
}

function isDtype(value: string): value is Dtype {
  return Object.hasOwn(DTYPE_BYTES, value);
}

/** Tensors must fill the data exactly: overlaps and holes could hide something. */
function assertFilled(placed: readonly Placed[], bytes: number): void {
  let at = 0;
  for (const { name, start, end } of placed.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== at) throw corrupt(`"${name}" ${start < at ? 'overlaps another tensor' : 'lies behind a hole'}`);
    at = end;
  }
  if (at !== bytes)
    throw corrupt(at > bytes ? 'the data are cut off' : `${bytes - at} bytes too many stand at the end`);
}

/**
 * Reads a safetensors file of F32, F16 or BF16. F32 tensors are views over `bytes` where alignment allows. Throws
 * LAYER_CORRUPT for anything else, pickles by name, and for sizes that do not agree; damage inside the numbers is not
 * visible here, that is what the hash in the manifest is for.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const header = headerText(bytes);
  const { metadata, placed } = parseHeader(header);
  const data = bytes.subarray(8 + new TextEncoder().encode(header).byteLength);
  assertFilled(placed, data.byteLength);
  const tensors = new Map(
    placed.map(({ name, dtype, shape, start, end }) => [
      name,
      { shape, data: decodeFloats(data.subarray(start, end), dtype) },
    ]),
  );
  return { tensors, metadata, header };
}

/** Writes F32 tensors byte for byte as the reference implementation does: sorted by name, header padded to 8 bytes. */
export function writeSafetensors(
  tensors: Iterable<readonly [string, Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const sorted = [...tensors].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata };
  let at = 0;
  for (const [name, { shape, data }] of sorted) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + data.byteLength] };
    at += data.byteLength;
  }
  const json = JSON.stringify(header);
  return rewriteSafetensors(
    json.padEnd(json.length + padding(new TextEncoder().encode(json).byteLength)),
    new Map(sorted),
  );
}

/** The spaces that end the header on a multiple of 8 bytes. */
const padding = (bytes: number): number => (8 - (bytes % 8)) % 8;

/** Writes tensors under a header that was read before, in its order and element types: the same file again. */
export function rewriteSafetensors(header: string, tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const { placed } = parseHeader(header);
  const head = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + head.byteLength + placed.reduce((sum, { start, end }) => sum + end - start, 0));
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.byteLength), true);
  bytes.set(head, 8);
  const data = bytes.subarray(8 + head.byteLength);
  assertFilled(placed, data.byteLength);
  for (const { name, dtype, start, end } of placed) {
    const tensor = tensors.get(name);
    const encoded = tensor === undefined ? undefined : encodeFloats(tensor.data, dtype);
    if (encoded?.byteLength !== end - start) throw corrupt(`"${name}" does not fit its header`);
    data.set(encoded, start);
  }
  return bytes;
}
