import { ContinuumError } from '@continuum/contract/errors';
import { expect } from 'vitest';

/** The code of the error that this throws; undefined when it throws none. Fails for anything but a ContinuumError. */
export function refusal(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof ContinuumError)) throw error;
    expect(error.next, error.message).toBeTruthy();
    return error.code;
  }
}

/** The same bytes with one bit turned. */
export function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  const at = (bit >> 3) % bytes.length;
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}
