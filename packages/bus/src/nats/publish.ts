import { setTimeout as sleep } from 'node:timers/promises';
import { ContinuumError } from '@continuum/contract/errors';
import { JetStreamApiError, type JetStreamClient, jetstream, type PubAck } from '@nats-io/jetstream';
import type { NatsLink } from './connection.ts';
import { assertFits, type Wire } from './wire.ts';

/** JetStream cannot store: stream, account, memory or disk is full. Codes of nats-server, server/errors.json. */
const FULL: ReadonlySet<number> = new Set([10002, 10023, 10028, 10047, 10077]);
const ATTEMPT_MS = 2000;
const PAUSE_MS = 100;
const MAX_PAYLOAD = 1024 * 1024;

export interface Publication {
  readonly subject: string;
  readonly wire: Wire;
  /** The stream stores a message of this id once within its duplicate window, so that trying again doubles nothing. */
  readonly messageId: string;
  /** Bytes to leave free of what the server takes. */
  readonly margin: number;
}

/** Publishes until the stream has it. Throws OVERLOADED when it is full, BUS_UNAVAILABLE (both retryable) after `withinMs`. */
export class Publisher {
  readonly #link: NatsLink;
  readonly #client: JetStreamClient;
  readonly #withinMs: number;

  constructor(link: NatsLink, withinMs: number) {
    this.#link = link;
    this.#client = jetstream(link.connection);
    this.#withinMs = withinMs;
  }

  async publish(publication: Publication): Promise<PubAck> {
    assertFits(publication.wire, this.#link.connection.info?.max_payload ?? MAX_PAYLOAD, publication.margin);
    const deadline = Date.now() + this.#withinMs;
    for (;;) {
      const left = deadline - Date.now();
      // What is sent into a lost connection is kept by the client and could be stored after we said that it was not.
      if (left <= 0 || !(await this.#link.untilConnected(left))) throw unavailable();
      try {
        return await this.#attempt(publication, Math.min(left, ATTEMPT_MS));
      } catch (error) {
        if (isFull(error)) throw full(error);
        if (Date.now() + PAUSE_MS >= deadline || this.#link.connection.isClosed()) throw unavailable(error);
        await sleep(PAUSE_MS);
      }
    }
  }

  async #attempt({ subject, wire, messageId }: Publication, timeout: number): Promise<PubAck> {
    const options = { msgID: messageId, headers: wire.headers, timeout };
    const ack = await this.#link.unlessLost(this.#client.publish(subject, wire.data, options));
    if (ack.seq > 0) return ack;
    // A duplicate of what the cluster has not agreed on yet, and may never: not stored until it has a sequence.
    throw new Error('the stream knows the message, and does not have it');
  }
}

function isFull(error: unknown): boolean {
  return error instanceof JetStreamApiError && FULL.has(error.code);
}

function full(cause: unknown): ContinuumError {
  return new ContinuumError('OVERLOADED', 'JetStream has no room for another event.', {
    next: 'Give nats-server more disk, or let the consumers catch up.',
    ...{ retryable: true, retryAfterMs: 5000, cause },
  });
}

function unavailable(cause?: unknown): ContinuumError {
  return new ContinuumError('BUS_UNAVAILABLE', 'NATS JetStream did not store the event.', {
    next: 'Try again; see that a nats-server with JetStream answers.',
    ...{ retryable: true, cause },
  });
}
