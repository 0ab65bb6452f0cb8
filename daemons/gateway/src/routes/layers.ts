import { COMMANDS, type CommandOutput } from '@continuum/contract/command';
import { PostExport, PostImport, PostPromote, PostTrain } from '@continuum/contract/http';
import { ScopeId } from '@continuum/contract/ids';
import { Layer, LayerId, LayerState } from '@continuum/contract/layer';
import { TrainingProgress } from '@continuum/contract/training-job';
import type { Core } from '@continuum/host/runtime';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { defined, json, notFound } from '../answers.ts';
import { operator } from '../caller.ts';
import { answers, createRoute, jsonBody } from '../route.ts';

const tags = ['layers'];
const params = z.object({ id: LayerId });
const nothing = jsonBody(z.object({}).strict());

const list = createRoute({
  method: 'get',
  path: '/layers',
  summary: 'Layers and where they stand, newest first',
  tags,
  request: { query: z.object({ scope: ScopeId.optional(), state: LayerState.optional() }) },
  responses: answers('Layers', z.array(Layer)),
});
const show = createRoute({
  method: 'get',
  path: '/layers/{id}',
  summary: 'One layer',
  tags,
  request: { params },
  responses: answers('The layer', Layer),
});
const train = createRoute({
  method: 'post',
  path: '/layers/train',
  summary: 'Train a layer for a scope from its corrections; its progress comes as `training:progress` events',
  tags,
  request: { body: jsonBody(PostTrain) },
  responses: answers('The job', COMMANDS['layers/train'].output, { status: 202 }),
});
const cancel = createRoute({
  method: 'post',
  path: '/layers/jobs/{id}/cancel',
  summary: 'Stop a training job; its checkpoint stays',
  tags,
  request: { params: z.object({ id: z.string() }), body: nothing },
  responses: answers('How far it came', TrainingProgress),
});
const promote = createRoute({
  method: 'post',
  path: '/layers/{id}/promote',
  summary: 'Move a layer one step towards active, or to the state named',
  tags,
  request: { params, body: jsonBody(PostPromote) },
  responses: answers('The layer', Layer),
});
const rollback = createRoute({
  method: 'post',
  path: '/layers/{id}/rollback',
  summary: 'Make the layer that was active before the active one again',
  tags,
  request: { params, body: nothing },
  responses: answers('Who had to go and who decides now', COMMANDS['layers/rollback'].output),
});
const exportLayer = createRoute({
  method: 'post',
  path: '/layers/{id}/export',
  summary: 'Write a layer as one signed bundle file, which must not exist yet',
  tags,
  request: { params, body: jsonBody(PostExport) },
  responses: answers('The file', COMMANDS['layers/export'].output),
});
const importLayer = createRoute({
  method: 'post',
  path: '/layers/import',
  summary: 'Take a bundle in as a candidate; its signer has to be trusted',
  tags,
  request: { body: jsonBody(PostImport) },
  responses: answers('The layer', Layer),
});

/** Training, gates and states of layers. */
export function layerRoutes(app: OpenAPIHono, { commands }: Core): void {
  const caller = operator('api');
  app.openapi(list, async (c) =>
    json<Layer[]>(await commands.execute('layers/list', defined(c.req.valid('query')), caller)),
  );
  app.openapi(show, async (c) => {
    const { id } = c.req.valid('param');
    const layer = (await commands.execute('layers/list', {}, caller)).find((each) => each.id === id);
    if (layer === undefined) throw notFound('layer', id);
    return json<Layer>(layer);
  });
  app.openapi(train, async (c) => {
    const context = { ...caller, signal: c.req.raw.signal };
    const begun = await commands.execute('layers/train', defined(c.req.valid('json')), context);
    return json<CommandOutput<'layers/train'>>(begun, 202);
  });
  app.openapi(cancel, async (c) => {
    const { id: jobId } = c.req.valid('param');
    return json<TrainingProgress>(await commands.execute('layers/cancel', { jobId }, caller));
  });
  app.openapi(promote, async (c) => {
    const input = { ...c.req.valid('param'), ...defined(c.req.valid('json')) };
    return json<Layer>(await commands.execute('layers/promote', input, caller));
  });
  app.openapi(rollback, async (c) =>
    json<CommandOutput<'layers/rollback'>>(await commands.execute('layers/rollback', c.req.valid('param'), caller)),
  );
  app.openapi(exportLayer, async (c) => {
    const input = { ...c.req.valid('param'), ...c.req.valid('json') };
    return json<CommandOutput<'layers/export'>>(await commands.execute('layers/export', input, caller));
  });
  app.openapi(importLayer, async (c) =>
    json<Layer>(await commands.execute('layers/import', defined(c.req.valid('json')), caller)),
  );
}
