import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { deliveryHeaders } from '@continuum/testing/github/deliveries';

export interface Delivery {
  readonly deliveryId: string;
  readonly event: string;
  readonly body: string;
}

/** An answer, or 0 when none came. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

export interface SenderOptions {
  /** Where deliveries go now; asked before each attempt. */
  readonly target: () => string;
  readonly secret: string;
  /** Deliveries in flight at once. */
  readonly concurrency?: number;
  /** Of the acknowledged ones, how many are sent once more: in [0, 1]. */
  readonly doubt?: number;
}

const PATIENCE_MS = 5_000;
const PAUSE_MS = 100;

/** GitHub with an operator behind it: what did not get a 202 is sent again with the same id, what did now and then too. */
export class Sender {
  /** Ids that got a 202. */
  readonly acknowledged = new Set<string>();
  /** How many attempts ended with which status; 0 when there was no answer. */
  readonly statuses = new Map<number, number>();
  /** 503 answers without the header that says when to come again. */
  refusedWithoutRetryAfter = 0;
  readonly #options: SenderOptions;
  readonly #waiting: Delivery[] = [];
  #inFlight = 0;
  #stopped = false;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Deliveries not acknowledged yet. */
  get pending(): number {
    return this.#waiting.length + this.#inFlight;
  }

  send(delivery: Delivery): void {
    this.#waiting.push(delivery);
    this.#pump();
  }

  /** Gives up on what is not acknowledged. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
  }

  #pump(): void {
    while (!this.#stopped && this.#inFlight < (this.#options.concurrency ?? 8)) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#inFlight += 1;
      void this.#attempt(next).finally(() => {
        this.#inFlight -= 1;
        this.#pump();
      });
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const answer = await post(this.#options.target(), delivery, this.#options.secret);
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    if (answer.status === 503 && answer.retryAfter === undefined) this.refusedWithoutRetryAfter += 1;
    if (answer.status !== 202) {
      await sleep(PAUSE_MS);
      if (!this.#stopped) this.#waiting.push(delivery);
      return;
    }
    const first = !this.acknowledged.has(delivery.deliveryId);
    this.acknowledged.add(delivery.deliveryId);
    if (first && Math.random() < (this.#options.doubt ?? 0)) this.#waiting.push(delivery);
  }
}

/** One attempt on a connection of its own, signed as GitHub signs. Never rejects. */
export function post(url: string, delivery: Delivery, secret: string, patienceMs = PATIENCE_MS): Promise<Answer> {
  return new Promise((resolve) => {
    const none = (): void => resolve({ status: 0, retryAfter: undefined, body: '' });
    const headers = { ...deliveryHeaders(delivery, secret), 'content-length': Buffer.byteLength(delivery.body) };
    const sending = request(`${url}/webhooks/github`, { method: 'POST', headers, agent: false, timeout: patienceMs });
    sending.on('response', (answer) => read(answer).then(resolve, none));
    sending.on('timeout', () => sending.destroy());
    sending.on('error', none);
    sending.on('close', none);
    sending.end(delivery.body);
  });
}

async function read(answer: IncomingMessage): Promise<Answer> {
  let body = '';
  for await (const chunk of answer.setEncoding('utf8')) body += chunk;
  return { status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'], body };
}
