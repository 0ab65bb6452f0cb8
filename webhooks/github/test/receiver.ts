import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { VerifiedDelivery } from '@continuum/contract/source';
import { parsePayload } from '@continuum/delivery/payload';
import { verifyDelivery } from '../src/delivery.ts';
import { parseGithubEvent } from '../src/payload.ts';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly delivery: VerifiedDelivery;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly parsed: ReturnType<typeof parseGithubEvent>;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** A webhook endpoint as small as can be: 202 when the signature holds, 401 otherwise. */
export async function startReceiver(secret: string): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    try {
      const rawBody = Buffer.concat(chunks);
      const delivery = await verifyDelivery({ headers: request.headers, rawBody, secret });
      const payload = parsePayload(rawBody.toString());
      received.push({ headers: request.headers, delivery, payload, parsed: parseGithubEvent(delivery.event, payload) });
      response.writeHead(202).end('taken');
    } catch {
      response.writeHead(401).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/webhooks/github`,
    received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
