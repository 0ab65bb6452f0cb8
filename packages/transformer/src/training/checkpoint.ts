import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';

/** Everything of a training that its inputs do not give again. */
export interface TrainingState {
  readonly step: number;
  /** Running sums behind the metrics. */
  readonly sums: Readonly<Record<string, number>>;
  /** Parameters, first and second moments. */
  readonly numbers: readonly Float32Array[];
}

const Header = z.object({
  format: z.literal(1),
  /** Of options, items and model: a checkpoint is only good for the job that made it. */
  fingerprint: z.string(),
  checksum: z.string(),
  step: z.int().nonnegative(),
  sums: z.record(z.string(), z.number()),
  lengths: z.array(z.int().nonnegative()),
});

/** FNV-1a over bytes, in 8 hex digits: against damage and mix-ups, not against malice. */
export function fnv(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

const bytesOf = (numbers: Float32Array): Uint8Array =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** Header length (4 bytes, little-endian), header in JSON, then the numbers. */
export function writeCheckpoint(state: TrainingState, fingerprint: string): Uint8Array {
  const body = Buffer.concat(state.numbers.map(bytesOf));
  const header: z.infer<typeof Header> = {
    format: 1,
    fingerprint,
    checksum: fnv(body),
    step: state.step,
    sums: { ...state.sums },
    lengths: state.numbers.map(({ length }) => length),
  };
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(text.length);
  return new Uint8Array(Buffer.concat([size, text, body]));
}

/** Throws TRAINING_FAILED for a damaged checkpoint, and for one of another job. */
export function readCheckpoint(bytes: Uint8Array, fingerprint: string): TrainingState {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(file);
  if (header === undefined) throw unusable('it is damaged');
  if (header.value.fingerprint !== fingerprint) throw unusable('it belongs to other data, options or another base');
  const body = file.subarray(header.end);
  const total = header.value.lengths.reduce((sum, length) => sum + length, 0);
  if (body.length !== 4 * total || fnv(body) !== header.value.checksum) throw unusable('it is damaged');
  // A copy, because floats must lie on multiples of four.
  const all = new Float32Array(new Uint8Array(body).buffer);
  let next = 0;
  const numbers = header.value.lengths.map((length) => {
    next += length;
    return all.slice(next - length, next);
  });
  return { step: header.value.step, sums: header.value.sums, numbers };
}

function readHeader(file: Buffer): { value: z.infer<typeof Header>; end: number } | undefined {
  if (file.length < 4) return undefined;
  const end = 4 + file.readUInt32LE();
  try {
    return { value: Header.parse(JSON.parse(file.toString('utf8', 4, end))), end };
  } catch {
    return undefined;
  }
}

function unusable(why: string): ContinuumError {
  return new ContinuumError('TRAINING_FAILED', `The checkpoint cannot be used: ${why}.`, {
    next: 'Remove it, and the training begins anew.',
  });
}
