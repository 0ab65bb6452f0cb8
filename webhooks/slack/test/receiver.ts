import { createServer } from 'node:http';
import type { Signal } from '@continuum/contract/source';
import { verifyDelivery } from '../src/delivery.ts';
import { readSignals } from '../src/signals.ts';

export interface Received {
  readonly deliveryId: string;
  readonly event: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly signals: readonly Signal[];
}

export interface Receiver {
  readonly url: string;
  /** Each delivery once, by its id. */
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** A webhook endpoint as small as can be: what the signature proves is read, the rest is answered with 401. */
export async function startReceiver(secret: string, now: () => Date = () => new Date()): Promise<Receiver> {
  const received = new Map<string, Received>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const rawBody = Buffer.concat(chunks);
    try {
      const delivery = await verifyDelivery({ headers: request.headers, rawBody, secret, now: now() });
      const { deliveryId, event, body = rawBody.toString(), reply } = delivery;
      const payload: Record<string, unknown> = JSON.parse(body);
      received.set(deliveryId, { deliveryId, event, payload, signals: readSignals(event, payload) });
      response.writeHead(reply?.status ?? 202).end(reply?.body === undefined ? '' : JSON.stringify(reply.body));
    } catch {
      response.writeHead(401).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/webhooks/slack`,
    get received() {
      return [...received.values()];
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
