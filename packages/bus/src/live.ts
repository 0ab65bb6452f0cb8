import { type Envelope, matchesPattern } from '@continuum/contract/event';
import type { Handler, Subscription } from '@continuum/contract/ports/bus';
import { EventEmitter } from 'eventemitter3';
import { deliver } from './delivery.ts';
import type { BusLog } from './log.ts';

/** A live handler may run for a day, so an open stream to a browser is fine. */
const LIMIT_MS = 86_400_000;

/** Handlers without a durable name: they see events as they happen, at most once, and one that fails is only logged. */
export class LiveHandlers {
  readonly #emitter = new EventEmitter<{ event: [Envelope] }>();
  readonly #running = new Set<Promise<void>>();
  readonly #log: BusLog;

  constructor(log: BusLog) {
    this.#log = log;
  }

  add(pattern: string, handler: Handler): Subscription {
    const listener = (event: Envelope): void => {
      if (matchesPattern(pattern, event.name)) this.#run(event, handler);
    };
    this.#emitter.on('event', listener);
    return { pattern, stop: async () => void this.#emitter.off('event', listener) };
  }

  dispatch(event: Envelope): void {
    this.#emitter.emit('event', event);
  }

  /** Takes no more events and resolves when the handlers that run are done. */
  async close(): Promise<void> {
    this.#emitter.removeAllListeners();
    await Promise.all(this.#running);
  }

  #run(event: Envelope, handler: Handler): void {
    const work = deliver(event, handler, LIMIT_MS)
      .catch((error) => this.#log.warn({ event: event.id, name: event.name, err: error }, 'a live handler failed'))
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }
}
