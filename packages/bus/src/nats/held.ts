import { ContinuumError } from '@continuum/contract/errors';
import { type Msg, nanos } from '@nats-io/nats-core';
import type { NatsLink } from './connection.ts';

const CONFIRM_MS = 2000;

/** How an event ends for a consumer. */
type Verdict = '+ACK' | '+TERM';

interface Delivery {
  /** The newest delivery: its reply subject is the one that counts. */
  message: Msg;
  deliveries: number;
  /** Said, and perhaps not heard: a delivery that comes after it is answered the same and not handled again. */
  verdict?: Verdict;
  /** When the verdict was confirmed, in ms since the epoch. */
  confirmedAt?: number;
}

/** What the server has given to this process: kept from others by a sign of life now and then, until its verdict is heard. */
export class Held {
  readonly #link: NatsLink;
  readonly #redeliverAfterMs: number;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #timer: NodeJS.Timeout;

  constructor(link: NatsLink, redeliverAfterMs: number) {
    this.#link = link;
    this.#redeliverAfterMs = redeliverAfterMs;
    this.#timer = setInterval(() => this.#beat(), redeliverAfterMs / 3);
  }

  /** The key of a delivery to handle; undefined for another delivery of what is in hand or was decided. */
  take(message: Msg): string | undefined {
    const { key, deliveries } = parseReply(message.reply ?? '');
    const known = this.#deliveries.get(key);
    if (known === undefined) {
      this.#deliveries.set(key, { message, deliveries });
      return key;
    }
    known.message = message;
    known.deliveries = deliveries;
    if (known.confirmedAt !== undefined && known.verdict !== undefined) message.respond(known.verdict);
    return undefined;
  }

  message(key: string): Msg {
    return this.delivery(key).message;
  }

  delivery(key: string): Readonly<Delivery> {
    const delivery = this.#deliveries.get(key);
    if (delivery === undefined) throw new ContinuumError('INTERNAL', `${key} is not in hand.`);
    return delivery;
  }

  /** Offers it again after `delayMs`, to this process or another. */
  giveBack(key: string, delayMs: number): void {
    const { message } = this.delivery(key);
    if (this.#link.connected) message.respond(toNak(delayMs));
    this.forget(key);
  }

  /** The server will offer it again by itself. */
  forget(key: string): void {
    this.#deliveries.delete(key);
  }

  /** Resolves when the server has confirmed the verdict; said again while it does not. Throws BUS_UNAVAILABLE (retryable). */
  async finish(key: string, verdict: Verdict): Promise<void> {
    const delivery = this.#deliveries.get(key);
    if (delivery === undefined) return;
    delivery.verdict = verdict;
    const deadline = Date.now() + 2 * this.#redeliverAfterMs;
    while (!(await this.#say(delivery, verdict))) {
      if (Date.now() > deadline || this.#link.connection.isClosed()) throw unheard(key);
      await this.#link.untilConnected(CONFIRM_MS);
    }
    delivery.confirmedAt = Date.now();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#deliveries.clear();
  }

  async #say(delivery: Delivery, verdict: Verdict): Promise<boolean> {
    if (!this.#link.connected) return false;
    const { connection } = this.#link;
    const answer = connection.request(delivery.message.reply ?? '', verdict, { timeout: CONFIRM_MS });
    return this.#link.unlessLost(answer).then(
      () => true,
      () => false,
    );
  }

  #beat(): void {
    const forgotten = Date.now() - 2 * this.#redeliverAfterMs;
    for (const [key, { message, confirmedAt, verdict }] of this.#deliveries) {
      if (confirmedAt === undefined && verdict === undefined && this.#link.connected) message.respond('+WPI');
      else if (confirmedAt !== undefined && confirmedAt < forgotten) this.#deliveries.delete(key);
    }
  }
}

/** Nanoseconds are whole numbers to the server: it takes others for no delay at all. */
function toNak(delayMs: number): string {
  return delayMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(Math.ceil(delayMs)) })}` : '-NAK';
}

/** Which message it is and how often it was delivered, from where its acknowledgement goes (ADR-15 of NATS; 2.9 has the short form). */
export function parseReply(reply: string): { key: string; deliveries: number } {
  const words = reply.split('.');
  // $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>. ..., with domain and account before the stream in the long form.
  const [stream, , deliveries, sequence] = words.slice(words.length > 9 ? 4 : 2);
  if (words[1] !== 'ACK' || sequence === undefined) throw new TypeError(`no delivery of JetStream: ${reply}`);
  return { key: `${stream}:${sequence}`, deliveries: Number(deliveries) };
}

function unheard(key: string): ContinuumError {
  return new ContinuumError('BUS_UNAVAILABLE', `NATS does not confirm how ${key} ended.`, {
    next: 'Nothing: the event is offered again when NATS is back.',
    retryable: true,
  });
}
