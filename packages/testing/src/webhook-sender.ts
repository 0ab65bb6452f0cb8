import { request } from 'node:http';

/** What is sent in one attempt. */
export interface SentDelivery {
  readonly deliveryId: string;
  readonly event: string;
  /** Byte for byte as sent. */
  readonly body: string;
  /** HTTP status of the answer; 0 when nobody answered. */
  readonly status: number;
  readonly response: string;
  /** How many attempts came before. */
  readonly retry: number;
}

export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

export interface Draft {
  readonly deliveryId: string;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** How a source writes a delivery: its body, and the headers with their signature. `retry`: attempts before this one. */
export type Seal = (
  draft: Draft,
  secret: string,
  retry: number,
) => { readonly body: string; readonly headers: Readonly<Record<string, string>> };

export interface WebhookSender {
  /** Every attempt, oldest first. */
  readonly log: readonly SentDelivery[];
  setTarget(target: WebhookTarget | undefined): void;
  /** Sends after everything sent before; nothing happens without a target. Tries again when refused or not answered. */
  send(draft: Draft): Promise<void>;
  /** The same delivery again, as a source does that did not see the answer. */
  redeliver(deliveryId: string): Promise<SentDelivery>;
  /** Resolves when nothing is left to send. */
  settled(): Promise<void>;
}

/** Attempts that a source makes for one delivery. */
const ATTEMPTS = 3;
const TIMEOUT_MS = 10_000;

/** The webhook sender of a fake: one delivery at a time, in order, sealed as its source does. */
export function createSender(seal: Seal): WebhookSender {
  const log: SentDelivery[] = [];
  const drafts = new Map<string, Draft>();
  let target: WebhookTarget | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const attempt = async (to: WebhookTarget, draft: Draft, retry: number): Promise<SentDelivery> => {
    const { body, headers } = seal(draft, to.secret, retry);
    const answer = await post(to.url, body, headers);
    const sent = { deliveryId: draft.deliveryId, event: draft.event, body, retry, ...answer };
    log.push(sent);
    return sent;
  };
  const deliver = async (to: WebhookTarget, draft: Draft): Promise<void> => {
    for (let retry = 0; retry < ATTEMPTS; retry += 1) {
      const { status } = await attempt(to, draft, retry);
      if (status >= 200 && status < 300) return;
    }
  };
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };
  return {
    log,
    setTarget: (next) => {
      target = next;
    },
    async send(draft) {
      drafts.set(draft.deliveryId, draft);
      const to = target;
      if (to !== undefined) await enqueue(() => deliver(to, draft));
    },
    async redeliver(deliveryId) {
      const draft = drafts.get(deliveryId);
      const to = target;
      if (draft === undefined || to === undefined) throw new Error(`no delivery ${deliveryId}`);
      const retry = log.filter((sent) => sent.deliveryId === deliveryId).length;
      return enqueue(() => attempt(to, draft, retry));
    },
    async settled() {
      for (let last: unknown; last !== queue; ) {
        last = queue;
        await queue;
      }
    },
  };
}

/** Posts once and resolves with what came back. Never rejects. */
function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly response: string }> {
  return new Promise((resolve) => {
    const options = { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    // No kept connection: a receiver that was killed and started again must not see a stale one.
    const sending = request(
      url,
      { method: 'POST', headers: options, agent: false, timeout: TIMEOUT_MS },
      async (answer) => {
        const chunks: Buffer[] = [];
        try {
          for await (const chunk of answer) chunks.push(chunk);
          resolve({ status: answer.statusCode ?? 0, response: Buffer.concat(chunks).toString('utf8') });
        } catch (error) {
          resolve({ status: 0, response: String(error) });
        }
      },
    );
    sending.on('timeout', () => sending.destroy(new Error('timed out')));
    sending.on('error', (error) => resolve({ status: 0, response: error.message }));
    sending.end(body);
  });
}
