import { Readiness } from '@continuum/contract/http';
import type { Core } from '@continuum/host/runtime';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { json } from '../answers.ts';
import type { GatewayOptions } from '../options.ts';
import { answers, createRoute } from '../route.ts';

const Health = z.object({ status: z.literal('ok') });

const health = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Is the process alive?',
  tags: ['system'],
  responses: answers('Alive', Health),
});
const readiness = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Can it do its work? 503 with the same body when not',
  tags: ['system'],
  responses: answers('Ready', Readiness),
});
const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Metrics in the text format of Prometheus',
  tags: ['system'],
  responses: answers('Metrics', z.string(), { type: 'text/plain' }),
});

/** Health, readiness and metrics. */
export function systemRoutes(app: OpenAPIHono, runtime: Core, options: GatewayOptions): void {
  app.openapi(health, () => json<z.infer<typeof Health>>({ status: 'ok' }));
  app.openapi(readiness, async () => {
    const state = await options.ready();
    return json<Readiness>(state, state.ready ? 200 : 503);
  });
  app.openapi(metrics, async () => {
    const text = await runtime.metrics.metrics();
    return new Response(text, { headers: { 'content-type': runtime.metrics.contentType } });
  });
}
