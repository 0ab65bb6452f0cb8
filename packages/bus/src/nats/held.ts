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
  /** Said, and perhaps not heard yet. */
  verdict?: Verdict;
}

interface Settled {
  readonly verdict: Verdict;
  /** When it was confirmed, in ms since the epoch. */
  readonly at: number;
}

/** What the server has given to this process: kept from others by a sign of life now and then, until its verdict is heard. */
export class Held {
  readonly #link: NatsLink;
  readonly #redeliverAfterMs: number;
  readonly #deliveries = new Map<string, Delivery>();
  /** A server that crashed may give again what it was told about: it is answered the same, and not handled again. */
  readonly #settled = new Map<string, Settled>();
  readonly #timer: NodeJS.Timeout;

  constructor(link: NatsLink, redeliverAfterMs: number) {
    this.#link = link;
    this.#redeliverAfterMs = redeliverAfterMs;
    this.#timer = setInterval(() => this.#beat(), redeliverAfterMs / 3);
  }

  /** The key of a delivery to handle; undefined for another delivery of what is in hand or was decided. */
  take(message: Msg): string | undefined {
    const { key, deliveries } = parseReply(message.reply ?? '');
    const settled = this.#settled.get(key);
    if (settled !== undefined) {
      message.respond(settled.verdict);
      return undefined;
    }
    const known = this.#deliveries.get(key);
    this.#deliveries.set(key, { ...known, message, deliveries });
    return known === undefined ? key : undefined;
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
    const begun = this.#deliveries.get(key);
    if (begun === undefined) return;
    begun.verdict = verdict;
    const deadline = Date.now() + 2 * this.#redeliverAfterMs;
    while (!(await this.#say(key, verdict))) {
      if (Date.now() > deadline || this.#link.connection.isClosed()) throw unheard(key);
      await this.#link.untilConnected(CONFIRM_MS);
    }
    this.#settled.set(key, { verdict, at: Date.now() });
    this.#deliveries.delete(key);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#deliveries.clear();
  }

  async #say(key: string, verdict: Verdict): Promise<boolean> {
    if (!this.#link.connected) return false;
    const { connection } = this.#link;
    const answer = connection.request(this.message(key).reply ?? '', verdict, { timeout: CONFIRM_MS });
    return this.#link.unlessLost(answer).then(
      () => true,
      () => false,
    );
  }

  #beat(): void {
    const forgotten = Date.now() - 2 * this.#redeliverAfterMs;
    for (const [key, { at }] of this.#settled) if (at < forgotten) this.#settled.delete(key);
    if (!this.#link.connected) return;
    for (const { message, verdict } of this.#deliveries.values()) if (verdict === undefined) message.respond('+WPI');
  }
}

/** Nanoseconds are whole numbers to the server: it takes others for no delay at all. */
function toNak(delayMs: number): string {
  return delayMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(Math.ceil(delayMs)) })}` : '-NAK';
}

/**
 * Which message it is and how often it was delivered, from where its acknowledgement goes (ADR-15 of NATS; 2.9 has the short
 * form). The time it was stored belongs to the key: a server that lost the end of a stream gives its sequences out again.
 */
export function parseReply(reply: string): { key: string; deliveries: number } {
  const words = reply.split('.');
  // $JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<of the consumer>.<time>. ..., the long form with domain and account.
  const [stream, , deliveries, sequence, , time] = words.slice(words.length > 9 ? 4 : 2);
  if (words[1] !== 'ACK' || time === undefined) throw new TypeError(`no delivery of JetStream: ${reply}`);
  return { key: `${stream}:${sequence}:${time}`, deliveries: Number(deliveries) };
}

function unheard(key: string): ContinuumError {
  return new ContinuumError('BUS_UNAVAILABLE', `NATS does not confirm how ${key} ended.`, {
    next: 'Nothing: the event is offered again when NATS is back.',
    retryable: true,
  });
}
