import { createHash } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';

/*
 * A snapshot of a store, the same for every backend: 8 bytes MAGIC, then frames. Numbers are little-endian.
 *   u32 number, from 0 | u32 kind | u32 length of the payload in bytes | payload | SHA-256, 32 bytes
 * The SHA-256 of a frame is taken over that of the frame before it (MAGIC before the first), its 12 bytes and its payload:
 * a frame that is damaged, missing, repeated, out of place or from another file breaks the chain, and the last SHA-256
 * stands for everything before it. Kinds, in this order:
 *   HEADER   once: JSON, the migrations the store had, its tables and their columns
 *   ROWS     any number: zstd (RFC 8878) of JSON, the name of a table and rows of it; a row is an array in the order of the
 *            columns, a value is what PostgreSQL writes it as in text, null where it is NULL; referenced tables come first
 *   TRAILER  once, nothing behind it: JSON, how many rows each table has and where the counter of its identity column stands
 */
const MAGIC = Buffer.from('CTMSNAP1');
const HEAD_BYTES = 12;
const DIGEST_BYTES = 32;
/** Far above any block that is written; what claims to be longer is damaged. */
const MAX_PAYLOAD_BYTES = 2 ** 28;

export const HEADER = 1;
export const ROWS = 2;
export const TRAILER = 3;

export interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
}

/** A file, or what stands for one. */
export interface ByteSource {
  /** Up to `length` bytes from `position`; fewer only where the file ends. */
  read(position: number, length: number): Promise<Buffer>;
}

/** BACKUP_CORRUPT with what is wrong with the snapshot. */
export function corruptSnapshot(what: string, cause?: unknown): ContinuumError {
  return new ContinuumError('BACKUP_CORRUPT', `The snapshot of the store is damaged: ${what}.`, {
    next: 'Restore an older backup; nothing of this one was written anywhere.',
    cause,
  });
}

function digestOf(previous: Uint8Array, head: Uint8Array, payload: Uint8Array): Buffer {
  return createHash('sha256').update(previous).update(head).update(payload).digest();
}

/** The bytes of a snapshot, piece by piece: what comes before the first frame, then each frame. */
export class FrameEncoder {
  #digest: Buffer = MAGIC;
  #number = 0;

  begin(): Buffer {
    return MAGIC;
  }

  encode({ kind, payload }: Frame): Buffer {
    if (payload.length > MAX_PAYLOAD_BYTES) {
      throw new ContinuumError(
        'INTERNAL',
        `A block of a snapshot has ${payload.length} bytes, too many to be read back`,
      );
    }
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(this.#number, 0);
    head.writeUInt32LE(kind, 4);
    head.writeUInt32LE(payload.length, 8);
    this.#number += 1;
    this.#digest = digestOf(this.#digest, head, payload);
    return Buffer.concat([head, payload, this.#digest]);
  }
}

async function readExactly(source: ByteSource, position: number, length: number): Promise<Buffer> {
  const bytes = await source.read(position, length);
  if (bytes.length < length)
    throw corruptSnapshot(`it ends at byte ${position + bytes.length}, in the middle of a block`);
  return bytes;
}

/** The frames of a snapshot, each checked, up to the trailer, which must be the end of the file. Throws BACKUP_CORRUPT. */
export async function* readFrames(source: ByteSource): AsyncGenerator<Frame> {
  let digest = await readExactly(source, 0, MAGIC.length);
  if (!digest.equals(MAGIC))
    throw corruptSnapshot('it does not begin as one, or has a format this version does not know');
  let position = MAGIC.length;
  for (let number = 0; ; number += 1) {
    const head = await readExactly(source, position, HEAD_BYTES);
    const [kind, length] = [head.readUInt32LE(4), head.readUInt32LE(8)];
    if (head.readUInt32LE(0) !== number) throw corruptSnapshot(`block ${number} is missing at byte ${position}`);
    if (length > MAX_PAYLOAD_BYTES) throw corruptSnapshot(`block ${number} has an impossible length`);
    const rest = await readExactly(source, position + HEAD_BYTES, length + DIGEST_BYTES);
    const payload = rest.subarray(0, length);
    digest = digestOf(digest, head, payload);
    if (!digest.equals(rest.subarray(length))) throw corruptSnapshot(`the checksum of block ${number} does not match`);
    position += HEAD_BYTES + length + DIGEST_BYTES;
    if (kind === TRAILER && (await source.read(position, 1)).length > 0) {
      throw corruptSnapshot(`something stands behind its end, from byte ${position} on`);
    }
    yield { kind, payload };
    if (kind === TRAILER) return;
  }
}
