import type { Core } from '@continuum/host/runtime';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { errorAnswer, noRoute } from './answers.ts';
import { MAX_BODY_BYTES, MAX_EDITOR_BYTES, MEGABYTE, tooLarge } from './body.ts';
import { nameComponents } from './components.ts';
import { editorCors } from './cors.ts';
import { type Door, doorGuard } from './door.ts';
import type { Feed } from './feed.ts';
import type { ApiOptions, GatewayOptions } from './options.ts';
import { requestMetrics } from './request-metrics.ts';
import { createApp } from './route.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { editorRoutes } from './routes/editor.ts';
import { layerRoutes } from './routes/layers.ts';
import { expertiseRoutes, learningRoutes } from './routes/learning.ts';
import { lessonRoutes } from './routes/lessons.ts';
import { operationRoutes } from './routes/operations.ts';
import { peopleRoutes } from './routes/people.ts';
import { reviewRoutes } from './routes/reviews.ts';
import { roomRoutes } from './routes/rooms.ts';
import { systemRoutes } from './routes/system.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { accessGuard, hostGuard, jsonOnly, securityHeaders } from './security.ts';
import { notBuilt, type StaticFiles, staticAnswer } from './static.ts';

/** All routes of the gateway over one runtime, without a socket. */
export function createGatewayApp(runtime: Core, options: GatewayOptions, feed: Feed, files: StaticFiles): OpenAPIHono {
  nameComponents();
  const app = createApp();
  app.onError((error) => errorAnswer(error, runtime.log));
  app.use(securityHeaders(), requestMetrics(runtime.metrics, runtime.log));
  app.use('/metrics', accessGuard(runtime.settings));
  systemRoutes(app, runtime, options);
  if (options.acceptDelivery !== undefined) webhookRoutes(app);
  if (options.api !== undefined) app.route('/api/v1', api(runtime, options.api, options.door, feed));
  describe(app);
  app.notFound((c) => page(c, runtime, options, files));
  return app;
}

function api(runtime: Core, options: ApiOptions, door: Door | undefined, feed: Feed): OpenAPIHono {
  const app = createApp();
  app.use(
    editorCors(runtime.settings.editorOrigins),
    accessGuard(runtime.settings),
    doorGuard(door),
    jsonOnly(),
    apiBodyLimit(),
  );
  roomRoutes(app, runtime);
  reviewRoutes(app, runtime, options);
  editorRoutes(app, runtime);
  learningRoutes(app, runtime);
  expertiseRoutes(app, runtime);
  layerRoutes(app, runtime);
  lessonRoutes(app, runtime);
  peopleRoutes(app, runtime);
  deliveryRoutes(app, runtime);
  operationRoutes(app, runtime, options, feed);
  return app;
}

/** Patches, files and lessons may be large, everything else is short. */
function apiBodyLimit(): MiddlewareHandler {
  const limit = (maxSize: number) =>
    bodyLimit({
      maxSize,
      onError: () => {
        throw tooLarge(maxSize);
      },
    });
  const [patch, file, rest] = [limit(MAX_BODY_BYTES), limit(MAX_EDITOR_BYTES), limit(MEGABYTE)];
  return (c, next) => {
    if (c.req.path.endsWith('/editor/reviews')) return file(c, next);
    return /\/(?:reviews|lessons)$/.test(c.req.path) ? patch(c, next) : rest(c, next);
  };
}

function describe(app: OpenAPIHono): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Continuum',
      version: '1.0.0',
      description: 'AI teammates that get better by being corrected. Send the token as Bearer where one is set.',
    },
    security: [{ token: [] }, {}],
  });
}

/** Everything that is no route: a file of the dashboard, or a clear 404. */
async function page(c: Context, runtime: Core, { api }: GatewayOptions, files: StaticFiles): Promise<Response> {
  try {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') throw noRoute(c.req.method, c.req.path);
    await hostGuard(runtime.settings)(c, async () => {});
    const file = staticAnswer(files, c.req.path, c.req.raw.headers);
    if (file !== undefined) return file;
    if (c.req.path === '/' && api !== undefined) return notBuilt();
    throw noRoute(c.req.method, c.req.path);
  } catch (error) {
    return errorAnswer(error, runtime.log);
  }
}
