import { AsyncLocalStorage } from 'node:async_hooks';
import { ContinuumError } from '@continuum/contract/errors';
import type { Handler } from '@continuum/contract/ports/bus';

/** Who may still use a bus: everybody until it closes, then only the handlers it waits for, then nobody. */
export class Gate {
  /** Set inside handlers: what they emit is still taken while the bus drains. */
  readonly #handling = new AsyncLocalStorage<true>();
  #closing: Promise<void> | undefined;
  #closed = false;

  /** A handler whose emits pass while the bus drains. */
  admit(handler: Handler): Handler {
    return (event, signal) => this.#handling.run(true, () => handler(event, signal));
  }

  /** Throws BUS_CLOSED once the bus begins to close. */
  assertOpen(): void {
    if (this.#closing !== undefined) throw busClosed();
  }

  /** Throws BUS_CLOSED unless the bus is open, or a handler asks while the bus waits for it. */
  assertTakes(): void {
    const handlerWhileDraining = this.#handling.getStore() === true && !this.#closed;
    if (!handlerWhileDraining) this.assertOpen();
  }

  /** Runs `drain` the first time; later calls get the same promise. */
  close(drain: () => Promise<void>): Promise<void> {
    this.#closing ??= drain().finally(() => {
      this.#closed = true;
    });
    return this.#closing;
  }
}

function busClosed(): ContinuumError {
  return new ContinuumError('BUS_CLOSED', 'The bus is closed.', { next: 'Try again when the process is back.' });
}
