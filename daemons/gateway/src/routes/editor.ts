import { COMMANDS, type CommandOutput } from '@continuum/contract/command';
import { EditorFile, PostEditorFeedback } from '@continuum/contract/editor';
import { PostFindingMessage, ReviewAnswer } from '@continuum/contract/http';
import { FindingId } from '@continuum/contract/ids';
import { Message } from '@continuum/contract/room';
import type { Core } from '@continuum/host/runtime';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { json } from '../answers.ts';
import { clientSource, operator, person } from '../caller.ts';
import { answers, createRoute, jsonBody } from '../route.ts';

const tags = ['editor'];
const reviewFile = createRoute({
  method: 'post',
  path: '/editor/reviews',
  summary: 'Review one file as it stands in an editor; the same file again is the same review',
  tags,
  request: { body: jsonBody(EditorFile.strict()) },
  responses: answers('The review with every finding, posted and withheld', ReviewAnswer),
});
const giveFeedback = createRoute({
  method: 'post',
  path: '/editor/feedback',
  summary: 'What somebody did with a suggestion: accepted, modified (with the text that stands there now), dismissed',
  tags,
  request: { body: jsonBody(PostEditorFeedback) },
  responses: answers('The feedback and what was learned', COMMANDS['editor/feedback'].output, { status: 201 }),
});
const discuss = createRoute({
  method: 'post',
  path: '/findings/{id}/messages',
  summary: 'Say something about a finding in its thread, which begins with the first word said',
  tags,
  request: { params: z.object({ id: FindingId }), body: jsonBody(PostFindingMessage) },
  responses: answers('The message', Message, { status: 201 }),
});

/** What editors ask and tell. */
export function editorRoutes(app: OpenAPIHono, { commands }: Core): void {
  app.openapi(reviewFile, async (c) =>
    json<ReviewAnswer>(await commands.execute('editor/review', c.req.valid('json'), operator('editor'))),
  );
  app.openapi(giveFeedback, async (c) => {
    const { author, ...verdict } = c.req.valid('json');
    const given = await commands.execute('editor/feedback', { ...verdict, author: person(author) }, operator(author));
    return json<CommandOutput<'editor/feedback'>>(given, 201);
  });
  app.openapi(discuss, async (c) => {
    const { author, text } = c.req.valid('json');
    const source = clientSource(c.req.header('x-continuum-client'));
    const said = { findingId: c.req.valid('param').id, author: person(author), text, source };
    return json<Message>(await commands.execute('finding/discuss', said, operator(author)), 201);
  });
}
