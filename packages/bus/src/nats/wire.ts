import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { ContinuumError } from '@continuum/contract/errors';
import { headers, type MsgHdrs } from '@nats-io/nats-core';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

const ENCODING = 'Continuum-Encoding';
const GZIP = 'gzip';
/** What is smaller travels as it is: nobody waits for a compressor on the way of an ordinary event. */
const COMPRESSED_FROM = 64 * 1024;
/** No message grows beyond this when it is unpacked. */
const LARGEST = 64 * 1024 * 1024;
/** Left for subject and headers, and for what a dead letter says beside the event. */
export const MARGIN = { letter: 4096, event: 32 * 1024 } as const;

/** A message as it travels and is stored. */
export interface Wire {
  readonly data: Uint8Array;
  readonly headers: MsgHdrs;
}

/** A value as JSON, large ones in gzip. */
export async function toWire(value: unknown): Promise<Wire> {
  const plain = Buffer.from(JSON.stringify(value));
  const own = headers();
  if (plain.length < COMPRESSED_FROM) return { data: plain, headers: own };
  own.set(ENCODING, GZIP);
  return { data: await zip(plain, { level: 1 }), headers: own };
}

/** A message as it comes, or as the stream has it. */
export interface Received {
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
  readonly header?: MsgHdrs | undefined;
}

/** The value of a message. Throws when it is no JSON, or unpacks to more than 64 MiB. */
export async function fromWire({ data, headers: own, header }: Received): Promise<unknown> {
  const zipped = (own ?? header)?.get(ENCODING) === GZIP;
  const plain = zipped ? await unzip(data, { maxOutputLength: LARGEST }) : Buffer.from(data);
  return JSON.parse(plain.toString('utf8'));
}

/** Throws PAYLOAD_TOO_LARGE when a server that takes `maxPayload` bytes would close the connection over this message. */
export function assertFits({ data }: Wire, maxPayload: number, margin: number): void {
  if (data.length + margin <= maxPayload) return;
  throw new ContinuumError('PAYLOAD_TOO_LARGE', `The event has ${data.length} bytes, NATS takes ${maxPayload}.`, {
    next: 'Raise max_payload of nats-server, for example to 8MB.',
  });
}
