import { DeliveryReplayed, PostDeliveryReplay, PostReconcile, ReconcileAnswer } from '@continuum/contract/http';
import type { Core } from '@continuum/host/runtime';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { defined, json } from '../answers.ts';
import { operator } from '../caller.ts';
import { answers, createRoute, jsonBody } from '../route.ts';

const tags = ['operations'];

const reconcile = createRoute({
  method: 'post',
  path: '/deliveries/reconcile',
  summary: 'Ask a source what it could not deliver, and take it in now; it also happens at the start and every hour',
  tags,
  request: { body: jsonBody(PostReconcile) },
  responses: answers('What was missed, and what of it was new', ReconcileAnswer),
});
const replay = createRoute({
  method: 'post',
  path: '/deliveries/replay',
  summary: 'Hand a kept delivery on again, as if it came just now',
  tags,
  request: { body: jsonBody(PostDeliveryReplay) },
  responses: answers('The new event', DeliveryReplayed, { status: 202 }),
});

/** Deliveries that came, and those that did not. */
export function deliveryRoutes(app: OpenAPIHono, { commands }: Core): void {
  app.openapi(reconcile, async (c) => {
    const context = { ...operator('api'), signal: c.req.raw.signal };
    return json<ReconcileAnswer>(await commands.execute('deliveries/reconcile', defined(c.req.valid('json')), context));
  });
  app.openapi(replay, async (c) =>
    json<DeliveryReplayed>(await commands.execute('deliveries/replay', c.req.valid('json'), operator('api')), 202),
  );
}
