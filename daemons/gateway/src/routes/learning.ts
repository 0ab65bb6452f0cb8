import { RepoName } from '@continuum/contract/change-set';
import { COMMANDS, type CommandOutput } from '@continuum/contract/command';
import { HeadlineMetrics, PostConsent, PostDecision, PostEnterScope, PostLeaveScope } from '@continuum/contract/http';
import { ExampleId, MemoryId, ScopeId } from '@continuum/contract/ids';
import { Consent, ExportFormat, Memory, TrainingExample } from '@continuum/contract/learning';
import { PersonaDefinition, ScopeDefinition } from '@continuum/contract/persona';
import type { Core } from '@continuum/host/runtime';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { json } from '../answers.ts';
import { operator, person } from '../caller.ts';
import { headlineMetrics } from '../headline-metrics.ts';
import { readOutcomes } from '../outcomes.ts';
import { answers, createRoute, jsonBody, Limit } from '../route.ts';

const tags = ['learning'];
const exampleParams = z.object({ id: ExampleId });
const decision = jsonBody(PostDecision);

const listExamples = createRoute({
  method: 'get',
  path: '/examples',
  summary: 'Training examples, newest first',
  tags,
  request: {
    query: z.object({ scope: ScopeId.optional(), state: TrainingExample.shape.state.optional(), limit: Limit }),
  },
  responses: answers('Examples', z.array(TrainingExample)),
});
const exportExamples = createRoute({
  method: 'get',
  path: '/examples.jsonl',
  summary: 'Active examples as JSON Lines for training',
  tags,
  request: { query: z.object({ scope: ScopeId.optional(), format: ExportFormat.default('openai') }) },
  responses: answers('One example a line', z.string(), { type: 'application/jsonl' }),
});
const approveExample = createRoute({
  method: 'post',
  path: '/examples/{id}/approve',
  summary: 'Take a quarantined example and its memory into learning',
  tags,
  request: { params: exampleParams, body: decision },
  responses: answers('The example', TrainingExample),
});
const revokeExample = createRoute({
  method: 'post',
  path: '/examples/{id}/revoke',
  summary: 'Remove an example and what was learned from it',
  tags,
  request: { params: exampleParams, body: decision },
  responses: answers('The example', TrainingExample),
});
const listMemories = createRoute({
  method: 'get',
  path: '/memories',
  summary: 'What was learned from corrections, newest first',
  tags,
  request: {
    query: z.object({
      repo: RepoName.optional(),
      scope: ScopeId.optional(),
      state: Memory.shape.state.optional(),
      limit: Limit,
    }),
  },
  responses: answers('Memories', z.array(Memory)),
});
const revokeMemory = createRoute({
  method: 'post',
  path: '/memories/{id}/revoke',
  summary: 'Forget one correction',
  tags,
  request: { params: z.object({ id: MemoryId }), body: decision },
  responses: answers('The memory', Memory),
});
const setConsent = createRoute({
  method: 'post',
  path: '/consent',
  summary: 'Opt a person, room or repository in or out of learning',
  tags,
  request: { body: jsonBody(PostConsent) },
  responses: answers('The choice', Consent),
});
const learningMetrics = createRoute({
  method: 'get',
  path: '/metrics/learning',
  summary: 'Headline metrics: everything first (persona `*`), then each persona in each scope; null where undefined',
  tags,
  request: { query: z.object({ repo: RepoName.optional(), since: z.iso.date().optional() }) },
  responses: answers('Metrics', z.array(HeadlineMetrics)),
});
const listScopes = createRoute({
  method: 'get',
  path: '/scopes',
  summary: 'Scopes of the code base',
  tags,
  responses: answers('Scopes', z.array(ScopeDefinition)),
});
const enterScope = createRoute({
  method: 'post',
  path: '/scopes/enter',
  summary: 'Load the expertise of a scope for a persona',
  tags,
  request: { body: jsonBody(PostEnterScope) },
  responses: answers('What was loaded', COMMANDS['scope/enter'].output),
});
const leaveScope = createRoute({
  method: 'post',
  path: '/scopes/leave',
  summary: 'Release what a persona holds for its scope',
  tags,
  request: { body: jsonBody(PostLeaveScope) },
  responses: answers('What was released', COMMANDS['scope/leave'].output),
});
const listPersonas = createRoute({
  method: 'get',
  path: '/personas',
  summary: 'The AI teammates',
  tags,
  responses: answers('Personas', z.array(PersonaDefinition)),
});

/** What was learned, from whom, and the ways to take it back. */
export function learningRoutes(app: OpenAPIHono, runtime: Core): void {
  const { commands } = runtime;
  app.openapi(listExamples, async (c) =>
    json<TrainingExample[]>(await commands.execute('examples/list', c.req.valid('query'), operator('api'))),
  );
  app.openapi(exportExamples, async (c) => {
    const { jsonl } = await commands.execute('examples/export', c.req.valid('query'), operator('api'));
    return new Response(jsonl, { headers: { 'content-type': 'application/jsonl; charset=utf-8' } });
  });
  app.openapi(approveExample, async (c) => {
    const { author } = c.req.valid('json');
    const input = { id: c.req.valid('param').id, by: person(author) };
    return json<TrainingExample>(await commands.execute('examples/approve', input, operator(author)));
  });
  app.openapi(revokeExample, async (c) => {
    const { author } = c.req.valid('json');
    const input = { id: c.req.valid('param').id, by: person(author) };
    return json<TrainingExample>(await commands.execute('examples/revoke', input, operator(author)));
  });
  app.openapi(listMemories, async (c) =>
    json<Memory[]>(await commands.execute('memory/list', c.req.valid('query'), operator('api'))),
  );
  app.openapi(revokeMemory, async (c) => {
    const { author } = c.req.valid('json');
    const input = { id: c.req.valid('param').id, by: person(author) };
    return json<Memory>(await commands.execute('memory/revoke', input, operator(author)));
  });
  app.openapi(setConsent, async (c) =>
    json<Consent>(await commands.execute('consent/set', c.req.valid('json'), operator('api'))),
  );
  app.openapi(learningMetrics, async (c) =>
    json<HeadlineMetrics[]>(headlineMetrics(await readOutcomes(runtime.store, c.req.valid('query')))),
  );
}

/** Scopes and personas. */
export function expertiseRoutes(app: OpenAPIHono, runtime: Core): void {
  app.openapi(listScopes, () => json<readonly ScopeDefinition[]>(runtime.scopes));
  app.openapi(listPersonas, () => json<readonly PersonaDefinition[]>(runtime.personas));
  app.openapi(enterScope, async (c) => {
    const entered = await runtime.commands.execute('scope/enter', c.req.valid('json'), operator('api'));
    return json<CommandOutput<'scope/enter'>>(entered);
  });
  app.openapi(leaveScope, async (c) => {
    const left = await runtime.commands.execute('scope/leave', c.req.valid('json'), operator('api'));
    return json<CommandOutput<'scope/leave'>>(left);
  });
}
