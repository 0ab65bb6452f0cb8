import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';

export interface FakeDelivery {
  /** The `X-GitHub-Delivery` header; a redelivery keeps it. */
  readonly deliveryId: string;
  readonly event: string;
  readonly action: string | undefined;
  /** HTTP status of the answer; 0 when nobody answered. */
  readonly status: number;
  readonly response: string;
  readonly redelivery: boolean;
  /** ISO 8601. */
  readonly at: string;
  /** The body exactly as it was sent. */
  readonly body: string;
}

export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

export interface Deliveries {
  readonly log: readonly FakeDelivery[];
  setWebhook(webhook: Webhook | undefined): void;
  /** False while nobody listens: payloads need not be made. */
  listening(): boolean;
  /** Sends after everything sent before; without a webhook nothing happens. Never rejects. */
  send(event: string, payload: Readonly<Record<string, unknown>>): Promise<FakeDelivery | undefined>;
  /** The same bytes and delivery id again. Rejects when the id is unknown. */
  redeliver(deliveryId: string): Promise<FakeDelivery>;
  /** Resolves when nothing is left to send. */
  settled(): Promise<void>;
}

/** GitHub gives a receiver ten seconds and never tries again by itself. */
const TIMEOUT_MS = 10_000;

/** The webhook sender: one delivery at a time, in order, signed like GitHub signs. */
export function createDeliveries(initial: Webhook | undefined): Deliveries {
  const log: FakeDelivery[] = [];
  let webhook = initial;
  let queue: Promise<unknown> = Promise.resolve();
  const enqueue = (draft: Draft): Promise<FakeDelivery> => {
    const target = webhook;
    const sent = queue.then(async () => {
      const answer = target === undefined ? { status: 0, response: 'no webhook' } : await post(target, draft);
      const delivery: FakeDelivery = { ...draft, ...answer, at: new Date().toISOString() };
      log.push(delivery);
      return delivery;
    });
    queue = sent;
    return sent;
  };
  return {
    log,
    setWebhook: (next) => {
      webhook = next;
    },
    listening: () => webhook !== undefined,
    send: async (event, payload) => {
      if (webhook === undefined) return undefined;
      const action = typeof payload.action === 'string' ? payload.action : undefined;
      return enqueue({ deliveryId: randomUUID(), event, action, redelivery: false, body: JSON.stringify(payload) });
    },
    redeliver: async (deliveryId) => {
      const first = log.find((delivery) => delivery.deliveryId === deliveryId);
      if (first === undefined) throw new Error(`no delivery ${deliveryId}`);
      return enqueue({ deliveryId, event: first.event, action: first.action, redelivery: true, body: first.body });
    },
    settled: async () => {
      for (let last: unknown; last !== queue; ) {
        last = queue;
        await queue;
      }
    },
  };
}

type Draft = Pick<FakeDelivery, 'deliveryId' | 'event' | 'action' | 'redelivery' | 'body'>;

/** The headers of a delivery with both signatures, as GitHub sends them. */
export function deliveryHeaders(
  draft: Pick<Draft, 'deliveryId' | 'event' | 'body'>,
  secret: string,
): Record<string, string> {
  const sign = (algorithm: string): string => createHmac(algorithm, secret).update(draft.body, 'utf8').digest('hex');
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-delivery': draft.deliveryId,
    'x-github-event': draft.event,
    'x-github-hook-id': '292430182',
    'x-github-hook-installation-target-id': '79929171',
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature': `sha1=${sign('sha1')}`,
    'x-hub-signature-256': `sha256=${sign('sha256')}`,
  };
}

function post(webhook: Webhook, draft: Draft): Promise<{ status: number; response: string }> {
  return new Promise((resolve) => {
    const headers = { ...deliveryHeaders(draft, webhook.secret), 'content-length': Buffer.byteLength(draft.body) };
    // No kept connection: a receiver that was killed and started again must not see a stale one.
    const sending = request(webhook.url, { method: 'POST', headers, agent: false, timeout: TIMEOUT_MS }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, response: Buffer.concat(chunks).toString('utf8') }),
      );
      answer.on('error', (error) => resolve({ status: 0, response: error.message }));
    });
    sending.on('timeout', () => sending.destroy(new Error('timed out')));
    sending.on('error', (error) => resolve({ status: 0, response: error.message }));
    sending.end(draft.body);
  });
}
