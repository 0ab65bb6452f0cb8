import { headers, type Msg } from '@nats-io/nats-core';
import type { Wire } from '../wire.ts';

/** `<index>/<count>` of a message that is one part of a larger one. */
const PART = 'Continuum-Part';
/** Left for subject and headers. */
const MARGIN = 4096;
/** No sender fills our memory: 64 MiB at the smallest payload that a server is set to. */
const MOST_PARTS = 1024;
const MOST_BYTES = 64 * 1024 * 1024;

/** A message in as many parts as a server that takes `maxPayload` bytes needs; at least one. */
export function toParts(wire: Wire, maxPayload: number): Wire[] {
  const size = Math.max(1, maxPayload - MARGIN);
  const count = Math.max(1, Math.ceil(wire.data.length / size));
  return Array.from({ length: count }, (_, index) => {
    const own = headers();
    for (const [key, [value = '']] of wire.headers) own.set(key, value);
    own.set(PART, `${index}/${count}`);
    return { data: wire.data.subarray(index * size, (index + 1) * size), headers: own };
  });
}

/** Puts the parts of one message together again, in whatever order and however often they come. */
export class Parts {
  readonly #parts = new Map<number, Uint8Array>();
  #bytes = 0;

  /** The whole message with its last missing part, undefined before. Throws RangeError for what is no part, or too much. */
  add({ data, headers: own }: Pick<Msg, 'data' | 'headers'>): Wire | undefined {
    const [, index, count] = /^(0|[1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(own?.get(PART) ?? '')?.map(Number) ?? [];
    if (own === undefined || index === undefined || count === undefined || index >= count || count > MOST_PARTS) {
      throw new RangeError('not a part of a message');
    }
    if (!this.#parts.has(index)) this.#bytes += data.length;
    if (this.#bytes > MOST_BYTES) throw new RangeError(`a message of more than ${MOST_BYTES} bytes`);
    this.#parts.set(index, data);
    if (this.#parts.size < count) return undefined;
    const sorted = [...this.#parts].sort(([left], [right]) => left - right);
    return { data: Buffer.concat(sorted.map(([, part]) => part)), headers: own };
  }
}
