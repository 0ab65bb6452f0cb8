import type { BroadcastName, BroadcastPayload } from '@continuum/contract/event';
import type { Subscription } from '@continuum/contract/ports/bus';
import type { Msg, Subscription as NatsSubscription } from '@nats-io/transport-node';
import { Broadcasts } from '../broadcasts.ts';
import type { BusLog } from '../log.ts';
import type { NatsLink } from './connection.ts';
import { broadcastSubject, type Names } from './names.ts';

/** A server refuses more than a megabyte; nothing that is shown while it is written is nearly as long. */
const MOST_BYTES = 500_000;

/** Broadcasts over core NATS: at most once, kept by no stream. Each name is subscribed to with its first listener. */
export class NatsBroadcasts {
  readonly #link: NatsLink;
  readonly #names: Names;
  readonly #log: BusLog;
  readonly #local: Broadcasts;
  readonly #subscriptions = new Map<BroadcastName, NatsSubscription>();

  constructor(link: NatsLink, names: Names, log: BusLog) {
    this.#link = link;
    this.#names = names;
    this.#log = log;
    this.#local = new Broadcasts(log);
  }

  send(name: BroadcastName, payload: unknown): void {
    const wire = Buffer.from(JSON.stringify(payload));
    // What is lost while there is no connection comes again with the next piece, or with the finished message.
    if (!this.#link.connected || wire.length > MOST_BYTES) return;
    try {
      this.#link.connection.publish(broadcastSubject(this.#names, name), wire);
    } catch (error) {
      this.#log.warn({ name, err: error }, 'a broadcast was not sent');
    }
  }

  async listen<N extends BroadcastName>(
    name: N,
    listener: (payload: BroadcastPayload<N>) => void,
  ): Promise<Subscription> {
    if (!this.#subscriptions.has(name)) {
      const callback = (error: Error | null, message: Msg): void => this.#hear(name, error, message);
      this.#subscriptions.set(name, this.#link.connection.subscribe(broadcastSubject(this.#names, name), { callback }));
      // The server knows of it before anybody is told that it listens.
      await this.#link.connection.flush();
    }
    return this.#local.add(name, listener);
  }

  close(): void {
    for (const subscription of this.#subscriptions.values()) subscription.unsubscribe();
    this.#subscriptions.clear();
    this.#local.close();
  }

  #hear(name: BroadcastName, error: Error | null, message: Msg): void {
    if (error !== null) return;
    try {
      this.#local.dispatch(name, message.json());
    } catch {
      this.#log.warn({ name }, 'a broadcast was no JSON');
    }
  }
}
