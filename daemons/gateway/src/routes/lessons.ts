import { RepoName } from '@continuum/contract/change-set';
import { LessonsTaken, PostLessons } from '@continuum/contract/http';
import type { Core } from '@continuum/host/runtime';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { json } from '../answers.ts';
import { operator } from '../caller.ts';
import { answers, createRoute, jsonBody } from '../route.ts';

const tags = ['learning'];

const exportLessons = createRoute({
  method: 'get',
  path: '/lessons.jsonl',
  summary: 'The active corrections of a repository as lines that it can keep, oldest first',
  tags,
  request: { query: z.object({ repo: RepoName }) },
  responses: answers('One lesson a line', z.string(), { type: 'application/jsonl' }),
});
const importLessons = createRoute({
  method: 'post',
  path: '/lessons',
  summary: 'Take in the corrections that a repository keeps; what is known stays as it is',
  tags,
  request: { body: jsonBody(PostLessons) },
  responses: answers('How many were new', LessonsTaken),
});

/** Lessons that a repository keeps, out and in. */
export function lessonRoutes(app: OpenAPIHono, { commands }: Core): void {
  app.openapi(exportLessons, async (c) => {
    const { jsonl } = await commands.execute('lessons/export', c.req.valid('query'), operator('api'));
    return new Response(jsonl, { headers: { 'content-type': 'application/jsonl; charset=utf-8' } });
  });
  app.openapi(importLessons, async (c) =>
    json<LessonsTaken>(await commands.execute('lessons/import', c.req.valid('json'), operator('api'))),
  );
}
