import type { DiskFile } from './disk.ts';

/** Bytes read at once: many small records travel together, and no more than this (or one record) is in memory. */
const WINDOW_BYTES = 256 << 10;

/** Reads a file from front to back, a window at a time. */
export class Window {
  readonly #file: DiskFile;
  readonly #limit: number;
  #start = 0;
  #bytes = Buffer.alloc(0);

  /** `limit`: bytes of the file that may be read. */
  constructor(file: DiskFile, limit: number) {
    this.#file = file;
    this.#limit = limit;
  }

  /** `length` bytes at `offset`, fewer where the file or the limit ends before. */
  async at(offset: number, length: number): Promise<Buffer> {
    const from = offset - this.#start;
    const isInside = from >= 0 && from + length <= this.#bytes.length;
    if (!isInside) await this.#read(offset, length);
    const begin = offset - this.#start;
    return this.#bytes.subarray(begin, begin + length);
  }

  async #read(offset: number, length: number): Promise<void> {
    const wanted = Math.max(0, Math.min(Math.max(length, WINDOW_BYTES), this.#limit - offset));
    const bytes = Buffer.allocUnsafe(wanted);
    let filled = 0;
    while (filled < wanted) {
      const read = await this.#file.read(bytes.subarray(filled), offset + filled);
      if (read === 0) break;
      filled += read;
    }
    this.#start = offset;
    this.#bytes = bytes.subarray(0, filled);
  }
}
