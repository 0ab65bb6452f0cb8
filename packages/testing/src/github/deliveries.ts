import { randomUUID } from 'node:crypto';
import { type Answer, post } from './deliver.ts';

export { deliveryHeaders } from './deliver.ts';

/** One attempt to deliver. */
export interface FakeDelivery {
  /** The sender's own number; each attempt has another. */
  readonly id: number;
  /** The `X-GitHub-Delivery` header; a redelivery keeps it. */
  readonly deliveryId: string;
  readonly event: string;
  readonly action: string | undefined;
  /** HTTP status of the answer; 0 when nobody answered, or the answer was lost. */
  readonly status: number;
  readonly response: string;
  readonly redelivery: boolean;
  /** ISO 8601. */
  readonly at: string;
  readonly ms: number;
  /** The body exactly as it was sent. */
  readonly body: string;
  /** The webhook's address at that time. */
  readonly url: string;
  readonly repositoryId: number | undefined;
}

export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

export interface Deliveries {
  /** Every attempt, oldest first. */
  readonly log: readonly FakeDelivery[];
  webhook(): Webhook | undefined;
  setWebhook(webhook: Webhook | undefined): void;
  /** False while nobody listens: payloads need not be made. */
  listening(): boolean;
  /** Sends after everything sent before; without a webhook nothing happens. Never rejects. */
  send(event: string, payload: Readonly<Record<string, unknown>>): Promise<FakeDelivery | undefined>;
  /** The same bytes and delivery id again. Rejects when the id is unknown. */
  redeliver(deliveryId: string): Promise<FakeDelivery>;
  /** The next attempts are made, but their answers get lost on the way back: the sender sees a timeout. */
  loseAnswers(count: number): void;
  /** Resolves when nothing is left to send. */
  settled(): Promise<void>;
}

type Draft = Pick<FakeDelivery, 'deliveryId' | 'event' | 'action' | 'redelivery' | 'body' | 'repositoryId'>;

/** The webhook sender: one delivery at a time, in order, signed like GitHub signs. `now` dates the attempts. */
export function createDeliveries(initial: Webhook | undefined, now: () => Date): Deliveries {
  const log: FakeDelivery[] = [];
  let webhook = initial;
  let queue: Promise<unknown> = Promise.resolve();
  let answersToLose = 0;
  const attempt = async (target: Webhook | undefined, draft: Draft): Promise<FakeDelivery> => {
    const at = now().toISOString();
    const begun = performance.now();
    const answer = target === undefined ? { status: 0, response: 'no webhook' } : await post(target, draft);
    const seen: Answer = answersToLose > 0 ? { status: 0, response: 'timed out' } : answer;
    answersToLose = Math.max(0, answersToLose - 1);
    const ms = Math.round(performance.now() - begun);
    const delivery: FakeDelivery = { ...draft, ...seen, id: 42_000 + log.length, at, ms, url: target?.url ?? '' };
    log.push(delivery);
    return delivery;
  };
  const enqueue = (draft: Draft): Promise<FakeDelivery> => {
    const target = webhook;
    const sent = queue.then(() => attempt(target, draft));
    queue = sent;
    return sent;
  };
  return {
    log,
    webhook: () => webhook,
    setWebhook: (next) => {
      webhook = next;
    },
    listening: () => webhook !== undefined,
    send: async (event, payload) => {
      if (webhook === undefined) return undefined;
      const action = typeof payload.action === 'string' ? payload.action : undefined;
      const about = { deliveryId: randomUUID(), event, action, repositoryId: repositoryOf(payload) };
      return enqueue({ ...about, redelivery: false, body: JSON.stringify(payload) });
    },
    redeliver: async (deliveryId) => {
      const first = log.find((delivery) => delivery.deliveryId === deliveryId);
      if (first === undefined) throw new Error(`no delivery ${deliveryId}`);
      const { event, action, body, repositoryId } = first;
      return enqueue({ deliveryId, event, action, redelivery: true, body, repositoryId });
    },
    loseAnswers: (count) => {
      answersToLose += count;
    },
    settled: async () => {
      for (let last: unknown; last !== queue; ) {
        last = queue;
        await queue;
      }
    },
  };
}

function repositoryOf({ repository }: Readonly<Record<string, unknown>>): number | undefined {
  const isObject = typeof repository === 'object' && repository !== null;
  return isObject && 'id' in repository && typeof repository.id === 'number' ? repository.id : undefined;
}
