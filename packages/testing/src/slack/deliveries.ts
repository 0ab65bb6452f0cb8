import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { SocketHub, SocketType } from './socket.ts';

/** What is sent in one attempt. */
interface Draft {
  readonly type: SocketType;
  readonly contentType: 'application/json' | 'application/x-www-form-urlencoded';
  readonly body: string;
  /** As an object, for sockets. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** One attempt to deliver. */
export interface FakeSlackDelivery extends Draft {
  readonly over: 'http' | 'socket';
  /** HTTP status, 200 for an envelope that was acknowledged; 0 when nobody answered, or the answer was lost. */
  readonly status: number;
  readonly response: string;
  /** 0 at first. */
  readonly retry: number;
}

export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

export interface Deliveries {
  /** Every attempt, oldest first. */
  readonly log: readonly FakeSlackDelivery[];
  setWebhook(webhook: Webhook | undefined): void;
  /** Events are tried again, what people wait for is not. Never rejects. */
  send(draft: Draft): Promise<FakeSlackDelivery | undefined>;
  /** The same bytes again, signed anew. */
  again(delivery: FakeSlackDelivery): Promise<FakeSlackDelivery | undefined>;
  /** The next attempts are made, but their answers get lost on the way back. */
  loseAnswers(count: number): void;
  settled(): Promise<void>;
}

/** Slack gives a receiver three seconds and tries an event three times more. */
const TIMEOUT_MS = 3_000;
const RETRIES = 3;

/** Headers as Slack signs them, at a moment in seconds since 1970. */
export function slackHeaders(
  body: string,
  secret: string,
  contentType: string,
  seconds: number,
): Record<string, string> {
  const digest = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex');
  return {
    accept: '*/*',
    'content-type': contentType,
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    'x-slack-request-timestamp': String(seconds),
    'x-slack-signature': `v0=${digest}`,
  };
}

/** The sender: over a socket while one is connected, else by webhook; one delivery at a time, in order. */
export function createDeliveries(hub: SocketHub, now: () => Date): Deliveries {
  const log: FakeSlackDelivery[] = [];
  let webhook: Webhook | undefined;
  let answersToLose = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const attempt = async (draft: Draft, retry: number): Promise<FakeSlackDelivery | undefined> => {
    const over = hub.count() > 0 ? 'socket' : 'http';
    if (over === 'http' && webhook === undefined) return undefined;
    const answer =
      over === 'socket'
        ? await hub.send(draft.type, draft.payload, retry, TIMEOUT_MS)
        : await post(webhook, draft, retry, now());
    const seen = answersToLose > 0 ? { status: 0, response: 'timed out' } : answer;
    answersToLose = Math.max(0, answersToLose - 1);
    const delivery: FakeSlackDelivery = { ...draft, ...seen, over, retry };
    log.push(delivery);
    return delivery;
  };
  const deliver = async (draft: Draft): Promise<FakeSlackDelivery | undefined> => {
    const retries = draft.type === 'events_api' ? RETRIES : 0;
    let last = await attempt(draft, 0);
    for (let retry = 1; retry <= retries && last !== undefined && last.status !== 200; retry += 1) {
      last = await attempt(draft, retry);
    }
    return last;
  };
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const sent = queue.then(work);
    queue = sent;
    return sent;
  };
  return {
    log,
    setWebhook: (next) => {
      webhook = next;
    },
    send: (draft) => enqueue(() => deliver(draft)),
    again: (delivery) => enqueue(() => attempt(delivery, delivery.retry + 1)),
    loseAnswers: (count) => {
      answersToLose += count;
    },
    settled: async () => {
      await queue;
    },
  };
}

interface Answer {
  readonly status: number;
  readonly response: string;
}

function post(webhook: Webhook | undefined, draft: Draft, retry: number, now: Date): Promise<Answer> {
  return new Promise((resolve) => {
    if (webhook === undefined) return resolve({ status: 0, response: 'no webhook' });
    const seconds = Math.floor(now.getTime() / 1000);
    const headers = {
      ...slackHeaders(draft.body, webhook.secret, draft.contentType, seconds),
      'content-length': Buffer.byteLength(draft.body),
      ...(retry === 0 ? {} : { 'x-slack-retry-num': String(retry), 'x-slack-retry-reason': 'http_timeout' }),
    };
    const sending = request(webhook.url, { method: 'POST', headers, agent: false, timeout: TIMEOUT_MS }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, response: Buffer.concat(chunks).toString() }));
      answer.on('error', (error) => resolve({ status: 0, response: error.message }));
    });
    sending.on('timeout', () => sending.destroy(new Error('timed out')));
    sending.on('error', (error) => resolve({ status: 0, response: error.message }));
    sending.end(draft.body);
  });
}
