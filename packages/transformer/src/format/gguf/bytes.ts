import { ContinuumError } from '@continuum/contract/errors';

export function corruptGguf(why: string): ContinuumError {
  return new ContinuumError('LAYER_CORRUPT', `This is not a sound GGUF file: ${why}.`, {
    next: 'Convert it again, or restore it from a copy.',
  });
}

/** Little-endian values appended one after the other. */
export class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** A view over the next `count` bytes, for the caller to fill. */
  next(count: number): DataView {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.byteLength) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.byteLength, this.#length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    return new DataView(this.#bytes.buffer, at, count);
  }

  u32(value: number): void {
    this.next(4).setUint32(0, value, true);
  }

  u64(value: number): void {
    this.next(8).setBigUint64(0, BigInt(value), true);
  }

  append(bytes: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = this.next(bytes.byteLength);
    new Uint8Array(buffer, byteOffset, byteLength).set(bytes);
  }

  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.u64(bytes.byteLength);
    this.append(bytes);
  }

  /** Zeros up to the next multiple of `alignment`. */
  align(alignment: number): void {
    this.next((alignment - (this.#length % alignment)) % alignment);
  }

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Little-endian values read one after the other. Throws LAYER_CORRUPT where the bytes end too soon. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.byteLength - this.#at;
  }

  next(count: number): DataView {
    if (count > this.left) throw corruptGguf('it is cut off');
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, count);
    this.#at += count;
    return view;
  }

  u32(): number {
    return this.next(4).getUint32(0, true);
  }

  /** A count or a size: more than a number holds exactly is damage. */
  u64(): number {
    const value = this.next(8).getBigUint64(0, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw corruptGguf(`it names a size of ${value}`);
    return Number(value);
  }

  text(): string {
    const { buffer, byteOffset, byteLength } = this.next(this.u64());
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        new Uint8Array(buffer, byteOffset, byteLength),
      );
    } catch {
      throw corruptGguf('it holds text that is not UTF-8');
    }
  }
}
