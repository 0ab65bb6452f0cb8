import { setTimeout as sleep } from 'node:timers/promises';
import type { Handler, Subscription } from '@continuum/contract/ports/bus';
import { type ConsumerMessages, DeliverPolicy, type JetStreamManager, type JsMsg } from '@nats-io/jetstream';
import { EventEmitter } from 'eventemitter3';
import { LiveHandlers } from '../live.ts';
import type { BusLog } from '../log.ts';
import type { NatsLink } from './connection.ts';
import { toEvent } from './decode.ts';
import type { Names } from './names.ts';

const PAUSE_MS = 100;
const CATCH_UP_MS = 2000;

/**
 * Live events of all processes for the handlers of this one: read in order from the stream, so that what the stream refused as
 * a duplicate is not seen, and after a lost connection from where it ended. Begins with the first handler.
 */
export class LiveFeed {
  readonly #link: NatsLink;
  readonly #manager: JetStreamManager;
  readonly #names: Names;
  readonly #log: BusLog;
  readonly #handlers: LiveHandlers;
  readonly #signals = new EventEmitter<{ moved: [] }>();
  /** Sequence of the last message that was handed on. */
  #position = 0;
  #started: Promise<void> | undefined;
  #messages: ConsumerMessages | undefined;
  #reading: Promise<void> | undefined;
  #offReconnect: () => void = () => undefined;
  #stopped = false;

  constructor(link: NatsLink, manager: JetStreamManager, names: Names, log: BusLog) {
    this.#link = link;
    this.#manager = manager;
    this.#names = names;
    this.#log = log;
    this.#handlers = new LiveHandlers(log);
  }

  /** Adds a handler for what is stored from now on. */
  async add(pattern: string, handler: Handler): Promise<Subscription> {
    this.#started ??= this.#start().catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    await this.#started;
    // What was stored before this moment and is still on its way is not for the new handler.
    await this.reach(await this.#last());
    return this.#handlers.add(pattern, handler);
  }

  /** Resolves when the events up to this sequence were handed on, or after two seconds. */
  async reach(sequence: number): Promise<void> {
    const deadline = Date.now() + CATCH_UP_MS;
    while (this.#reading !== undefined && this.#position < sequence && Date.now() < deadline) {
      const moved = new Promise<void>((resolve) => this.#signals.once('moved', resolve));
      await Promise.race([moved, sleep(deadline - Date.now(), undefined, { ref: false })]);
    }
  }

  /** Takes no more events and resolves when the handlers that run are done. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#offReconnect();
    await this.#end();
    await this.#handlers.close();
  }

  async #end(): Promise<void> {
    await this.#messages?.close().catch(() => undefined);
  }

  async #start(): Promise<void> {
    this.#position = await this.#last();
    this.#reading = this.#read();
    // The server may have forgotten the consumer: nobody waits for its silence to tell.
    this.#offReconnect = this.#link.onReconnect(() => void this.#end());
  }

  async #last(): Promise<number> {
    return (await this.#manager.streams.info(this.#names.events)).state.last_seq;
  }

  async #read(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#readOn();
      } catch (error) {
        if (!this.#stopped) this.#log.warn({ err: error }, 'live events are interrupted');
      }
      if (!this.#stopped) await sleep(PAUSE_MS, undefined, { ref: false });
    }
  }

  async #readOn(): Promise<void> {
    // A server that lost the end of its stream gives those sequences out again.
    this.#position = Math.min(this.#position, await this.#last());
    const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: this.#position + 1 };
    const consumer = await this.#manager.jetstream().consumers.get(this.#names.events, start);
    this.#messages = await consumer.consume({ max_messages: 256, expires: 30_000, idle_heartbeat: 2500 });
    if (this.#stopped) await this.#messages.close();
    for await (const message of this.#messages) await this.#hand(message);
  }

  async #hand(message: JsMsg): Promise<void> {
    const event = await toEvent(message).catch(() => undefined);
    if (event !== undefined) this.#handlers.dispatch(event);
    this.#position = message.seq;
    this.#signals.emit('moved');
  }
}
