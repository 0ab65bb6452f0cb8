import type { BroadcastName, BroadcastPayload } from '@continuum/contract/event';
import { BROADCASTS } from '@continuum/contract/event';
import type { Subscription } from '@continuum/contract/ports/bus';
import { EventEmitter } from 'eventemitter3';
import type { BusLog } from './log.ts';

/** Those of this process who listen right now. */
export class Broadcasts {
  readonly #emitter = new EventEmitter<Record<BroadcastName, [unknown]>>();
  readonly #log: BusLog;

  constructor(log: BusLog) {
    this.#log = log;
  }

  add<N extends BroadcastName>(name: N, listener: (payload: BroadcastPayload<N>) => void): Subscription {
    const hear = (payload: unknown): void => this.#hear(name, payload, listener);
    this.#emitter.on(name, hear);
    return { pattern: name, stop: async () => void this.#emitter.off(name, hear) };
  }

  dispatch(name: BroadcastName, payload: unknown): void {
    this.#emitter.emit(name, payload);
  }

  close(): void {
    this.#emitter.removeAllListeners();
  }

  #hear<N extends BroadcastName>(name: N, payload: unknown, listener: (payload: BroadcastPayload<N>) => void): void {
    const read = BROADCASTS[name].safeParse(payload);
    if (!read.success) return;
    try {
      listener(read.data);
    } catch (error) {
      this.#log.warn({ name, err: error }, 'a listener to a broadcast failed');
    }
  }
}
