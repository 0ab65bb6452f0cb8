import { Envelope } from '@continuum/contract/event';
import type { EventId } from '@continuum/contract/ids';
import type { DeadLetter } from '@continuum/contract/ports/bus';
import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import { z } from 'zod';
import { noDeadLetter } from '../envelope.ts';
import { deadSubject, type Names, replaySubject, toMessageId } from './names.ts';
import { newest } from './newest.ts';
import type { Publisher } from './publish.ts';
import { fromWire, MARGIN, type Received, toWire } from './wire.ts';

const Letter = z.object({
  consumer: z.string(),
  event: Envelope,
  deliveries: z.number(),
  error: z.string(),
  at: z.string(),
});

export interface DeadLettersOptions {
  readonly manager: JetStreamManager;
  readonly publisher: Publisher;
  readonly names: Names;
  readonly now: () => Date;
}

/** Dead letters in a stream of their own, one subject for each event and consumer. */
export class DeadLetters {
  readonly #options: DeadLettersOptions;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /** Stores a letter; with the same key, which names the delivered message, it is stored once. Throws BUS_UNAVAILABLE. */
  async bury(letter: Omit<DeadLetter, 'at'>, key: string): Promise<void> {
    const { publisher, names, now } = this.#options;
    await publisher.publish({
      subject: deadSubject(names, letter.consumer, letter.event.id),
      wire: await toWire({ ...letter, at: now().toISOString() }),
      messageId: toMessageId(`${letter.consumer} ${key}`),
      margin: MARGIN.letter,
    });
  }

  /** Newest first. */
  async list(limit: number): Promise<DeadLetter[]> {
    const { manager, names } = this.#options;
    const messages = await newest(manager, names.dead, limit);
    return (await Promise.all(messages.map(toLetter))).filter((letter) => letter !== undefined);
  }

  /**
   * Puts the event of a letter back to its consumer and removes the letter. A crash between the two leaves the letter; replayed
   * again, the server knows the message. Throws NOT_FOUND, BUS_UNAVAILABLE.
   */
  async replay(consumer: string, id: EventId): Promise<void> {
    const { manager, publisher, names } = this.#options;
    const found = await this.#find(deadSubject(names, consumer, id));
    const letter = found === undefined ? undefined : await toLetter(found);
    if (found === undefined || letter === undefined) throw noDeadLetter(consumer, id);
    await publisher.publish({
      subject: replaySubject(names, consumer),
      wire: await toWire(letter.event),
      messageId: `letter-${found.seq}-${found.time.getTime()}`,
      margin: MARGIN.letter,
    });
    await manager.streams.deleteMessage(names.dead, found.seq);
  }

  async #find(subject: string): Promise<StoredMsg | undefined> {
    const { manager, names } = this.#options;
    try {
      return (await manager.streams.getMessage(names.dead, { last_by_subj: subject })) ?? undefined;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.NoMessageFound) return undefined;
      throw error;
    }
  }
}

async function toLetter(message: Received): Promise<DeadLetter | undefined> {
  const value = await fromWire(message).catch(() => undefined);
  return isLetter(value) ? value : undefined;
}

function isLetter(value: unknown): value is DeadLetter {
  return Letter.safeParse(value).success;
}
