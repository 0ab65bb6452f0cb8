import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { answers, createRoute } from '../route.ts';

const delivery = createRoute({
  method: 'post',
  path: '/webhooks/{source}',
  summary: 'A signed delivery of GitHub or another source; 202 once it is on disk',
  tags: ['webhooks'],
  request: { params: z.object({ source: z.string().max(64) }) },
  responses: answers('Accepted, or known already', z.unknown(), { status: 202 }),
});

/** Describes where deliveries come in; `deliveryListener` serves it, in front of the app. */
export function webhookRoutes(app: OpenAPIHono): void {
  app.openAPIRegistry.registerPath(delivery);
}
