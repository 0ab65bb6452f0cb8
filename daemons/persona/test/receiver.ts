import { createServer } from 'node:http';
import { WebhookEventName, WebhookPayload } from '@continuum/contract/event';
import { EventId } from '@continuum/contract/ids';
import type { VerifyDelivery } from '@continuum/contract/source';
import type { Runtime } from '@continuum/host/runtime';
import { signedHeaders } from '@continuum/testing/ci/sender';
import { verifyDelivery as verifyCi } from '@continuum/webhook-ci/delivery';
import { verifyDelivery as verifyJira } from '@continuum/webhook-jira/delivery';
import { verifyDelivery as verifyLinear } from '@continuum/webhook-linear/delivery';

export const SECRET = 'a-webhook-secret';
const VERIFIERS = new Map<string, VerifyDelivery>([
  ['linear', verifyLinear],
  ['jira', verifyJira],
  ['ci', verifyCi],
]);

export interface Receiver {
  /** Where a source sends its webhooks. */
  urlOf(source: 'linear' | 'jira' | 'ci'): string;
  /** A job in CI sends its results; resolves with the status of the answer. */
  results(deliveryId: string, run: Readonly<Record<string, unknown>>): Promise<number>;
  close(): Promise<void>;
}

/** What intake does for these sources, without its journal. */
export async function startReceiver({ bus }: Runtime): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const source = request.url?.slice(1) ?? '';
    const rawBody = Buffer.concat(chunks);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    try {
      const verify = VERIFIERS.get(source);
      const verified = await verify?.({ headers, rawBody, secret: SECRET, now: new Date() });
      const name = WebhookEventName.safeParse(`webhook:${source}:${verified?.event}`).data;
      const { deliveryId = '', event = '', body } = verified ?? {};
      const payload = WebhookPayload.shape.payload.parse(JSON.parse(body ?? rawBody.toString()));
      if (name !== undefined) {
        await bus.emit(name, { deliveryId, event, payload }, { id: EventId.parse(`${source}:${deliveryId}`) });
      }
      response.writeHead(verified?.reply?.status ?? 202).end();
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const urlOf: Receiver['urlOf'] = (source) => `http://127.0.0.1:${port}/${source}`;
  return {
    urlOf,
    async results(deliveryId, run) {
      const body = JSON.stringify(run);
      const headers = signedHeaders({ deliveryId, event: 'results', secret: SECRET, at: new Date() }, body);
      return (await fetch(urlOf('ci'), { method: 'POST', headers, body })).status;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
