import { ContinuumError } from '@continuum/contract/errors';
import { createInbox, type Msg, type Subscription } from '@nats-io/nats-core';
import type { NatsLink } from '../connection.ts';
import type { Wire } from '../wire.ts';
import { fromAnswer, kindOf, ofKind } from './messages.ts';
import { Parts, toParts } from './parts.ts';

const CONNECT_MS = 5000;
const NO_RESPONDERS = 503;
const MAX_PAYLOAD = 1024 * 1024;

/** Calls of this process that wait for their answer, all at one inbox. */
export class Caller {
  readonly #link: NatsLink;
  readonly #silentMs: number;
  readonly #calls = new Map<string, Call>();
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  #count = 0;

  /** Whoever runs a command and says nothing for `silentMs` is gone: five signs of life were missed. */
  constructor(link: NatsLink, silentMs: number) {
    this.#link = link;
    this.#silentMs = silentMs;
    this.#subscription = link.connection.subscribe(`${this.#inbox}.*`, {
      callback: (_error, message) => this.#receive(message),
    });
  }

  /** Sends a request and waits for its answer. Throws the handler's error, NOT_FOUND, BUS_UNAVAILABLE, ABORTED. */
  async call(subject: string, request: Wire, signal: AbortSignal | undefined): Promise<unknown> {
    if (!(await this.#link.untilConnected(CONNECT_MS))) throw unavailable('NATS is away.');
    if (signal?.aborted) throw aborted();
    const parts = toParts(request, this.#link.connection.info?.max_payload ?? MAX_PAYLOAD);
    const id = String(this.#count++);
    const call = new Call(this.#link, this.#silentMs, parts.slice(1));
    this.#calls.set(id, call);
    const cancel = () => call.cancel();
    signal?.addEventListener('abort', cancel);
    try {
      const [first] = parts;
      this.#link.connection.publish(subject, first?.data, { reply: `${this.#inbox}.${id}`, ...toHeaders(first) });
      return await fromAnswer(await call.answer);
    } finally {
      signal?.removeEventListener('abort', cancel);
      call.end();
      this.#calls.delete(id);
    }
  }

  /** Those that wait fail with BUS_UNAVAILABLE. */
  close(): void {
    for (const call of this.#calls.values()) call.fail(unavailable('This process stops.'));
    if (!this.#link.connection.isClosed()) this.#subscription.unsubscribe();
  }

  #receive(message: Msg): void {
    const call = this.#calls.get(message.subject.slice(this.#inbox.length + 1));
    if (call !== undefined) call.receive(message);
    // Nobody waits any more: whoever works on it may stop, and need not say its answer again.
    else if (kindOf(message) === 'answer') message.respond();
    else if (kindOf(message) === 'working') message.respond('', { headers: ofKind('cancel') });
  }
}

function toHeaders(part: Wire | undefined): Pick<Wire, 'headers'> | object {
  return part === undefined ? {} : { headers: part.headers };
}

class Call {
  readonly answer: Promise<Wire>;
  readonly #link: NatsLink;
  readonly #silentMs: number;
  readonly #done = Promise.withResolvers<Wire>();
  readonly #parts = new Parts();
  readonly #rest: readonly Wire[];
  #timer: NodeJS.Timeout;
  /** Where the server hears, once it took the call. */
  #server: string | undefined;

  constructor(link: NatsLink, silentMs: number, rest: readonly Wire[]) {
    this.#link = link;
    this.#silentMs = silentMs;
    this.#rest = rest;
    this.answer = this.#done.promise;
    this.#timer = this.#watch();
  }

  receive(message: Msg): void {
    clearTimeout(this.#timer);
    this.#timer = this.#watch();
    if (message.headers?.code === NO_RESPONDERS) this.fail(nobody());
    else if (kindOf(message) === 'answer') this.#collect(message);
    else if (this.#server === undefined && message.reply !== undefined) this.#taken(message.reply);
  }

  cancel(): void {
    // While nobody has taken the call, its first sign of life is answered so.
    if (this.#server !== undefined && this.#link.connected) {
      this.#link.connection.publish(this.#server, '', { headers: ofKind('cancel') });
    }
    this.fail(aborted());
  }

  fail(error: ContinuumError): void {
    this.#done.reject(error);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #taken(server: string): void {
    this.#server = server;
    const { connection } = this.#link;
    for (const part of this.#rest) {
      connection.publish(server, part.data, { headers: ofKind('part', part.headers) });
    }
  }

  #collect(message: Msg): void {
    try {
      const whole = this.#parts.add(message);
      if (whole === undefined) return;
      message.respond();
      this.#done.resolve(whole);
    } catch (error) {
      this.#done.reject(error);
    }
  }

  #watch(): NodeJS.Timeout {
    const error = () => unavailable(`Whoever ran the command has said nothing for ${this.#silentMs} ms.`);
    return setTimeout(() => this.fail(error()), this.#silentMs);
  }
}

function nobody(): ContinuumError {
  return new ContinuumError('NOT_FOUND', 'No process handles this command.', {
    next: 'Start the daemon that does, and try again.',
  });
}

function unavailable(why: string): ContinuumError {
  return new ContinuumError('BUS_UNAVAILABLE', why, { next: 'Try again.', retryable: true });
}

function aborted(): ContinuumError {
  return new ContinuumError('ABORTED', 'The caller waits no longer for the command.');
}
