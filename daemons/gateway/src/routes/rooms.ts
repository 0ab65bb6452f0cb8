import { COMMANDS, type CommandOutput } from '@continuum/contract/command';
import { MessageView, PostAsk, PostMessage, PostReaction, RoomSummary } from '@continuum/contract/http';
import { EventId, MessageId, RoomId } from '@continuum/contract/ids';
import { Message, Reaction } from '@continuum/contract/room';
import type { Core } from '@continuum/host/runtime';
import { transactAndTell } from '@continuum/host/tell';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { defined, json, notFound } from '../answers.ts';
import { clientSource, operator, person } from '../caller.ts';
import { toMessageViews } from '../message-view.ts';
import { answers, createRoute, jsonBody, Limit } from '../route.ts';

const tags = ['rooms'];
const room = z.object({ id: RoomId });
const message = z.object({ id: MessageId });

const listRooms = createRoute({
  method: 'get',
  path: '/rooms',
  summary: 'All rooms',
  tags,
  responses: answers('Rooms', z.array(RoomSummary)),
});
const listMessages = createRoute({
  method: 'get',
  path: '/rooms/{id}/messages',
  summary: 'The newest messages of a room, oldest first; `before` a message id for the page in front of it',
  tags,
  request: { params: room, query: z.object({ before: MessageId.optional(), limit: Limit }) },
  responses: answers('Messages with reactions and findings', z.array(MessageView)),
});
const postMessage = createRoute({
  method: 'post',
  path: '/rooms/{id}/messages',
  summary: 'Say something in a room, or answer in a thread',
  tags,
  request: { params: room, body: jsonBody(PostMessage) },
  responses: answers('The message', Message, { status: 201 }),
});
const readThread = createRoute({
  method: 'get',
  path: '/messages/{id}/thread',
  summary: 'The thread a message belongs to: its first message and all answers, oldest first',
  tags,
  request: { params: message },
  responses: answers('Messages', z.array(MessageView)),
});
const ask = createRoute({
  method: 'post',
  path: '/ask',
  summary: 'Ask what the team knows, outside of any room: an answer with its sources, or an honest no',
  tags,
  request: { body: jsonBody(PostAsk) },
  responses: answers('The answer', COMMANDS['knowledge/ask'].output),
});
const react = createRoute({
  method: 'post',
  path: '/messages/{id}/reactions',
  summary: 'React to a message with an emoji; the same reaction counts once',
  tags,
  request: { params: message, body: jsonBody(PostReaction) },
  responses: answers('The reaction', Reaction, { status: 201 }),
});

/** Rooms, messages, threads and reactions. */
export function roomRoutes(app: OpenAPIHono, runtime: Core): void {
  const { store } = runtime;
  app.openapi(listRooms, async () => {
    const rooms = await store.rooms.list();
    return json<RoomSummary[]>(await Promise.all(rooms.map((entry) => summarize(runtime, entry))));
  });
  app.openapi(listMessages, async (c) => {
    const { id } = c.req.valid('param');
    if ((await store.rooms.get(id)) === undefined) throw notFound('room', id);
    const page = await store.rooms.messages(id, defined(c.req.valid('query')));
    return json<MessageView[]>(await toMessageViews(store, page));
  });
  app.openapi(postMessage, async (c) => {
    const { author, text, replyTo } = c.req.valid('json');
    const source = clientSource(c.req.header('x-continuum-client'));
    const said = { roomId: c.req.valid('param').id, author: person(author), text, replyTo, source };
    return json<Message>(await runtime.commands.execute('chat/send', said, operator(author)), 201);
  });
  app.openapi(readThread, async (c) => {
    const { id } = c.req.valid('param');
    const found = await store.rooms.message(id);
    if (found === undefined) throw notFound('message', id);
    return json<MessageView[]>(await toMessageViews(store, await store.rooms.thread(found.threadId ?? found.id)));
  });
  app.openapi(ask, async (c) => {
    const answer = await runtime.commands.execute('knowledge/ask', c.req.valid('json'), operator('api'));
    return json<CommandOutput<'knowledge/ask'>>(answer);
  });
  app.openapi(react, async (c) => {
    const { author, emoji } = c.req.valid('json');
    const source = clientSource(c.req.header('x-continuum-client'));
    const reaction = { messageId: c.req.valid('param').id, author: person(author), emoji };
    return json<Reaction>(await addReaction(runtime, reaction, source.kind), 201);
  });
}

async function summarize(runtime: Core, entry: z.infer<typeof RoomSummary>): Promise<RoomSummary> {
  const [last] = await runtime.store.rooms.messages(entry.id, { limit: 1 });
  return { ...entry, ...defined({ lastAt: last?.at }) };
}

async function addReaction(runtime: Core, input: Omit<Reaction, 'at'>, source: string): Promise<Reaction> {
  const { messageId, author, emoji } = input;
  if ((await runtime.store.rooms.message(messageId)) === undefined) throw notFound('message', messageId);
  const reaction = { ...input, at: runtime.now().toISOString() };
  const id = EventId.parse(`reaction:${messageId}:${author.id}:${emoji}`);
  await transactAndTell(runtime, async (store, tell) => {
    if (!(await store.rooms.addReaction(reaction))) return;
    await tell('room:reaction', { messageId, author, emoji, source }, id);
    const audit = { actor: `person:${author.id}`, action: 'chat/react', subject: `messageId:${messageId}`, detail: {} };
    await store.audit.record(audit);
  });
  return reaction;
}
