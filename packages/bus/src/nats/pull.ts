import { setTimeout as sleep } from 'node:timers/promises';
import { createInbox, type Msg, nanos, type Subscription } from '@nats-io/nats-core';
import type { NatsLink } from './connection.ts';

const EXPIRES_MS = 60_000;
const HEARTBEAT_MS = 2500;
/** Silence after which the requests are taken for lost: two heartbeats and a little. */
const SILENT_MS = 2.5 * HEARTBEAT_MS;
const PAUSE_MS = 250;
const STOP_MS = 1000;
const STATUS = { heartbeat: 100, timedOut: 408 } as const;
const LEFT = 'Nats-Pending-Messages';

export interface PullOptions {
  readonly link: NatsLink;
  readonly stream: string;
  readonly consumer: string;
  /** How many messages may come now. */
  readonly free: () => number;
  readonly onMessage: (message: Msg) => void;
  /** Makes the consumer when the server does not know it any more. */
  readonly ensure: () => Promise<unknown>;
}

/**
 * Asks a pull consumer for messages: for as many as there is room, before they are there, so that a stored event is on its way
 * without another question. Starts anew when the connection, the server or the leader of the stream changes (ADR-9, ADR-13
 * of nats-architecture-and-design).
 */
export class Pull {
  readonly #options: PullOptions;
  readonly #subject: string;
  readonly #watch: NodeJS.Timeout;
  readonly #offReconnect: () => void;
  #inbox: Subscription;
  #asked = 0;
  #heard = Date.now();
  #stopped = false;
  #pausing = false;

  constructor(options: PullOptions) {
    this.#options = options;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`;
    this.#inbox = this.#open();
    this.#watch = setInterval(() => this.#check(), HEARTBEAT_MS);
    this.#offReconnect = options.link.onReconnect(() => this.#renew());
    this.ask();
  }

  /** Asks for as many as there is room for now, less what was asked for already. */
  ask(): void {
    const { link, free } = this.#options;
    const batch = free() - this.#asked;
    if (batch <= 0 || this.#stopped || this.#pausing || !link.connected) return;
    if (this.#asked === 0) this.#heard = Date.now();
    this.#asked += batch;
    const request = { batch, expires: nanos(EXPIRES_MS), idle_heartbeat: nanos(HEARTBEAT_MS) };
    link.connection.publish(this.#subject, JSON.stringify(request), { reply: this.#inbox.getSubject() });
  }

  /** Takes what is on its way and asks for nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#watch);
    this.#offReconnect();
    await Promise.race([drained(this.#inbox), sleep(STOP_MS, undefined, { ref: false })]);
  }

  #open(): Subscription {
    const { connection } = this.#options.link;
    const inbox = connection.subscribe(createInbox(), {
      callback: (_error, message) => this.#receive(inbox, message),
    });
    return inbox;
  }

  #receive(inbox: Subscription, message: Msg): void {
    const current = inbox === this.#inbox;
    if (current) this.#heard = Date.now();
    const status = message.headers?.code ?? 0;
    if (status === 0) {
      if (current) this.#asked -= 1;
      this.#options.onMessage(message);
    } else if (current && status !== STATUS.heartbeat) this.#refused(status, message);
  }

  #refused(status: number, message: Msg): void {
    const left = Number(message.headers?.get(LEFT) || Number.NaN);
    if (status === STATUS.timedOut && left <= this.#asked) {
      this.#asked -= left;
      this.ask();
    } else void this.#pause();
  }

  /** The consumer has no leader just now, its server stops, or it is gone. */
  async #pause(): Promise<void> {
    if (this.#pausing) return;
    this.#pausing = true;
    await sleep(PAUSE_MS);
    if (!this.#stopped && this.#options.link.connected) await this.#options.ensure().catch(() => undefined);
    this.#pausing = false;
    this.#renew();
  }

  #check(): void {
    if (this.#asked > 0 && Date.now() - this.#heard > SILENT_MS) this.#renew();
    else this.ask();
  }

  /** A new inbox: the server forgets requests whose inbox nobody listens to. */
  #renew(): void {
    if (this.#stopped || !this.#options.link.connected) return;
    void drained(this.#inbox);
    this.#inbox = this.#open();
    this.#asked = 0;
    this.ask();
  }
}

/** Takes what was sent already. A connection that is closed has nothing more. */
async function drained(inbox: Subscription): Promise<void> {
  await inbox.drain().catch(() => undefined);
}
