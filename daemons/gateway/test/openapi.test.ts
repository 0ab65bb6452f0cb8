import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startServer, type TestServer } from './server.ts';

const Parameter = z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional() });
const Operation = z.looseObject({
  summary: z.string().min(1),
  parameters: z.array(Parameter).default([]),
  responses: z.record(z.string(), z.unknown()),
});
const Document = z.looseObject({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

let server: TestServer;
let text: string;
let document: z.infer<typeof Document>;
beforeAll(async () => {
  server = await startServer();
  text = await (await fetch(`${server.url}/openapi.json`)).text();
  document = Document.parse(JSON.parse(text));
});
afterAll(() => server.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

it('describes every route of the design', () => {
  const described = new Set(operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`));
  const v1 = [
    ...['GET rooms', 'GET rooms/{id}/messages', 'POST rooms/{id}/messages', 'GET messages/{id}/thread'],
    ...['POST messages/{id}/reactions', 'GET findings', 'GET findings/{id}', 'GET reviews', 'GET reviews/{id}'],
    ...['GET reviews/{id}/sarif', 'GET people', 'POST people', 'POST people/claims', 'POST people/unlink'],
    ...['GET views', 'POST rooms/{id}/views', 'GET lessons.jsonl', 'POST lessons'],
    ...['POST reviews', 'POST feedback', 'GET examples', 'GET examples.jsonl', 'POST examples/{id}/approve'],
    ...['POST examples/{id}/revoke', 'GET memories', 'POST memories/{id}/revoke', 'GET scopes', 'POST scopes/leave'],
    ...['GET layers', 'GET layers/{id}', 'POST layers/train', 'POST layers/import', 'POST layers/jobs/{id}/cancel'],
    ...['POST layers/{id}/promote', 'POST layers/{id}/rollback', 'POST layers/{id}/export'],
    ...['POST scopes/enter', 'GET personas', 'POST consent', 'GET dead-letters', 'POST dead-letters/replay'],
    ...['GET audit', 'GET audit/verify', 'GET metrics/learning', 'GET events', 'POST backups'],
    ...['POST editor/reviews', 'POST editor/feedback', 'POST findings/{id}/messages'],
    ...['GET operations', 'POST deliveries/reconcile', 'POST deliveries/replay', 'POST ask'],
  ].map((route) => route.replace(' ', ' /api/v1/'));
  const root = ['GET /healthz', 'GET /readyz', 'GET /metrics', 'POST /webhooks/{source}'];
  expect([...described].toSorted()).toEqual([...root, ...v1].toSorted());
});

it('answers on every route it describes, never with an unknown route or a crash', async () => {
  for (const { path, method } of operations()) {
    const url = server.url + path.replace('{source}', 'github').replace('{id}', 'some-id');
    const body = method === 'post' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
    const response = await fetch(url, { method, ...body });
    const answer = response.headers.get('content-type')?.startsWith('text/event-stream') ? '' : await response.text();
    await response.body?.cancel().catch(() => {});
    expect([
      path,
      response.status < 500,
      answer.includes('there is no GET /'),
      answer.includes('there is no POST /'),
    ]).toEqual([path, true, false, false]);
  }
});

it('resolves every reference and lists every path parameter', () => {
  const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] ?? '');
  expect(references.length).toBeGreaterThan(50);
  for (const name of references) expect(document.components.schemas).toHaveProperty(name);
  for (const { path, operation } of operations()) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const declared = operation.parameters
      .filter((each) => each.in === 'path' && each.required)
      .map((each) => each.name);
    expect([path, declared]).toEqual([path, named]);
  }
});
