import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { CommandServer } from '@continuum/contract/ports/command-transport';
import { createInbox, type Msg, type Subscription } from '@nats-io/nats-core';
import type { BusLog } from '../../log.ts';
import type { NatsLink } from '../connection.ts';
import { fromWire, type Wire } from '../wire.ts';
import { kindOf, ofKind, Request, toAnswer, toFailure } from './messages.ts';
import { Parts, toParts } from './parts.ts';

/** All processes that serve a command share its calls. */
const QUEUE = 'continuum';
const STOP_MS = 2000;
const PAUSE_MS = 250;
const MAX_PAYLOAD = 1024 * 1024;

/** Calls that this process runs for others. */
export class Server {
  readonly #link: NatsLink;
  readonly #log: BusLog;
  readonly #silentMs: number;
  readonly #inbox = createInbox();
  readonly #direct: Subscription;
  readonly #services: Subscription[] = [];
  readonly #calls = new Map<string, ServedCall>();
  #count = 0;

  /** A caller whose request stays incomplete, or that does not hear its answer, is gone after `silentMs`. */
  constructor(link: NatsLink, log: BusLog, silentMs: number) {
    this.#link = link;
    this.#log = log;
    this.#silentMs = silentMs;
    this.#direct = link.connection.subscribe(`${this.#inbox}.*`, {
      callback: (_error, message) => this.#calls.get(message.subject.slice(this.#inbox.length + 1))?.receive(message),
    });
  }

  /** Takes the calls on a subject; resolves when the server of NATS knows. */
  async serve(subject: string, run: CommandServer): Promise<void> {
    const callback = (_error: Error | null, message: Msg) => this.#accept(message, run);
    this.#services.push(this.#link.connection.subscribe(subject, { queue: QUEUE, callback }));
    if (this.#link.connected) await this.#link.connection.flush();
  }

  /** Takes no more calls, and resolves when those that run are answered. */
  async close(): Promise<void> {
    const drained = Promise.all(this.#services.map((service) => service.drain().catch(() => undefined)));
    await Promise.race([drained, sleep(STOP_MS, undefined, { ref: false })]);
    await Promise.all([...this.#calls.values()].map(({ done }) => done));
    if (!this.#link.connection.isClosed()) this.#direct.unsubscribe();
  }

  #accept(message: Msg, run: CommandServer): void {
    if (message.reply === undefined || message.reply === '') return;
    const id = String(this.#count++);
    const ends = { caller: message.reply, self: `${this.#inbox}.${id}`, run };
    const call = new ServedCall(this.#link, this.#log, this.#silentMs, ends);
    this.#calls.set(id, call);
    call.receive(message);
    void call.done.then(() => this.#calls.delete(id));
  }
}

interface Ends {
  readonly caller: string;
  readonly self: string;
  readonly run: CommandServer;
}

class ServedCall {
  /** Resolves when the answer was heard, or nobody waits for it. */
  readonly done: Promise<void>;
  readonly #link: NatsLink;
  readonly #log: BusLog;
  readonly #silentMs: number;
  readonly #ends: Ends;
  readonly #abort = new AbortController();
  readonly #parts = new Parts();
  readonly #request = Promise.withResolvers<Wire>();
  readonly #beat: NodeJS.Timeout;
  #heard = Date.now();
  #complete = false;

  constructor(link: NatsLink, log: BusLog, silentMs: number, ends: Ends) {
    this.#link = link;
    this.#log = log;
    this.#silentMs = silentMs;
    this.#ends = ends;
    this.#beat = setInterval(() => this.#alive(), silentMs / 5);
    this.#alive();
    this.done = this.#serve().finally(() => clearInterval(this.#beat));
  }

  receive(message: Msg): void {
    this.#heard = Date.now();
    if (kindOf(message) === 'cancel') this.#cancel();
    else this.#collect(message);
  }

  #cancel(): void {
    const error = new ContinuumError('ABORTED', 'The caller waits no longer for the command.');
    this.#abort.abort(error);
    this.#request.reject(error);
  }

  #collect(message: Msg): void {
    try {
      const whole = this.#parts.add(message);
      if (whole === undefined) return;
      this.#complete = true;
      this.#request.resolve(whole);
    } catch (error) {
      this.#request.reject(error);
    }
  }

  #alive(): void {
    if (!this.#complete && Date.now() - this.#heard > this.#silentMs) this.#cancel();
    if (!this.#link.connected) return;
    this.#link.connection.publish(this.#ends.caller, '', { headers: ofKind('working'), reply: this.#ends.self });
  }

  async #serve(): Promise<void> {
    const answer = await this.#run().then(toAnswer).catch(toFailure);
    if (this.#abort.signal.aborted) return;
    await this.#answer(answer).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'nobody heard the answer of a command');
    });
  }

  async #run(): Promise<unknown> {
    const parsed = Request.safeParse(await fromWire(await this.#request.promise));
    if (!parsed.success) throw new ContinuumError('INVALID_INPUT', `Not a call: ${parsed.error.message}`);
    const { input, caller, idempotencyKey } = parsed.data;
    const context: CommandContext = {
      ...{ caller, signal: this.#abort.signal },
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    };
    return this.#ends.run(input, context);
  }

  /** Says it until it is heard: the caller may be between two connections. */
  async #answer(wire: Wire): Promise<void> {
    const deadline = Date.now() + this.#silentMs;
    for (;;) {
      try {
        return await this.#say(wire);
      } catch (error) {
        if (Date.now() > deadline || this.#abort.signal.aborted || this.#link.connection.isClosed()) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }

  async #say(wire: Wire): Promise<void> {
    await this.#link.untilConnected(this.#silentMs);
    const { connection } = this.#link;
    const parts = toParts(wire, connection.info?.max_payload ?? MAX_PAYLOAD);
    for (const [index, { data, headers }] of parts.entries()) {
      const own = ofKind('answer', headers);
      if (index < parts.length - 1) connection.publish(this.#ends.caller, data, { headers: own });
      else {
        const heard = connection.request(this.#ends.caller, data, { headers: own, timeout: this.#silentMs / 8 });
        await this.#link.unlessLost(heard);
      }
    }
  }
}
