import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { json } from '../answers.ts';
import { MAX_BODY_BYTES, readBody } from '../body.ts';
import type { GatewayOptions } from '../options.ts';
import { answers, createRoute } from '../route.ts';

const delivery = createRoute({
  method: 'post',
  path: '/webhooks/{source}',
  summary: 'A signed delivery of GitHub or another source; 202 once it is on disk',
  tags: ['webhooks'],
  request: { params: z.object({ source: z.string().max(64) }) },
  responses: answers('Accepted, or known already', z.unknown(), { status: 202 }),
});

/** The door for deliveries: raw bytes go to intake, which verifies the signature. No token: the signature is the proof. */
export function webhookRoutes(app: OpenAPIHono, options: Pick<GatewayOptions, 'acceptDelivery'>): void {
  app.openapi(delivery, async (c) => {
    const rawBody = await readBody(c.req.raw, MAX_BODY_BYTES);
    const answer = await options.acceptDelivery(c.req.valid('param').source, c.req.header(), rawBody);
    const response = json<unknown>(answer.body, answer.status);
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.headers.set(name, value);
    return response;
  });
}
