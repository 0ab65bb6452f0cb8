import { COMMANDS, type CommandOutput } from '@continuum/contract/command';
import { AuditState, AuditView, DeadLetterView, EventView, OperationsView, PostReplay } from '@continuum/contract/http';
import { EventId } from '@continuum/contract/ids';
import type { DeadLetter } from '@continuum/contract/ports/bus';
import type { OutboxEntry } from '@continuum/contract/ports/store';
import type { Core } from '@continuum/host/runtime';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { defined, json, notFound } from '../answers.ts';
import { operator } from '../caller.ts';
import type { Feed } from '../feed.ts';
import { operationsView } from '../operations-view.ts';
import type { ApiOptions } from '../options.ts';
import { answers, createRoute, jsonBody, Limit, queryNumber } from '../route.ts';

const tags = ['operations'];

const listDeadLetters = createRoute({
  method: 'get',
  path: '/dead-letters',
  summary: 'Events their consumers gave up on, and external effects (consumer `outbox`)',
  tags,
  request: { query: z.object({ limit: Limit }) },
  responses: answers('Dead letters', z.array(DeadLetterView)),
});
const Replayed = z.object({ replayed: z.literal(true) });
const replay = createRoute({
  method: 'post',
  path: '/dead-letters/replay',
  summary: 'Offer a dead letter to its consumer again',
  tags,
  request: { body: jsonBody(PostReplay) },
  responses: answers('Back in line', Replayed, { status: 202 }),
});
const listAudit = createRoute({
  method: 'get',
  path: '/audit',
  summary: 'Every action, newest first, each hashed over the one before',
  tags,
  request: { query: z.object({ beforeSeq: queryNumber(1, Number.MAX_SAFE_INTEGER).optional(), limit: Limit }) },
  responses: answers('Entries', z.array(AuditView)),
});
const verifyAudit = createRoute({
  method: 'get',
  path: '/audit/verify',
  summary: 'Is the chain of the audit whole? If not, the first entry that was changed or removed',
  tags,
  responses: answers('The state of the chain', AuditState),
});
const overview = createRoute({
  method: 'get',
  path: '/operations',
  summary: 'What waits, what is stuck, who is there',
  tags,
  responses: answers('Now', OperationsView),
});
const events = createRoute({
  method: 'get',
  path: '/events',
  summary:
    'Live events, server-sent. `pattern`: names with `*` for one word, `**` for the rest, several by commas; `room:draft`, named in full, for answers while they are written',
  tags,
  request: {
    query: z.object({ pattern: z.string().max(500).default('**') }),
    headers: z.object({ 'last-event-id': z.string().max(500).optional() }),
  },
  responses: answers('Each `data` line is one event', EventView, { type: 'text/event-stream' }),
});

const backup = createRoute({
  method: 'post',
  path: '/backups',
  summary:
    "Copy store, journal and genome into a new folder of the server's machine, given absolute, while all work on",
  tags,
  request: { body: jsonBody(COMMANDS['backup/create'].input.strict()) },
  responses: answers('The backup', COMMANDS['backup/create'].output, { status: 201 }),
});

/** What waits, dead letters, audit, live events and backups. */
export function operationRoutes(
  app: OpenAPIHono,
  runtime: Core,
  { journalPendingBytes }: Pick<ApiOptions, 'journalPendingBytes'>,
  feed: Feed,
): void {
  const { bus, commands, store } = runtime;
  app.openapi(listDeadLetters, async (c) => {
    const { limit } = c.req.valid('query');
    const [letters, effects] = await Promise.all([bus.deadLetters(limit), store.outbox.list('dead', limit)]);
    const all = [...letters.map(fromEvent), ...effects.map(fromEffect)];
    return json<DeadLetterView[]>(all.toSorted((a, b) => b.at.localeCompare(a.at)).slice(0, limit));
  });
  app.openapi(replay, async (c) => {
    const { consumer, id } = c.req.valid('json');
    if (consumer !== 'outbox') await bus.replay(consumer, EventId.parse(id));
    else if (!(await store.outbox.revive(id))) throw notFound('dead effect', id);
    const subject = `${consumer}:${id}`;
    await store.audit.record({ actor: 'operator:api', action: 'dead-letters/replay', subject, detail: {} });
    return json<z.infer<typeof Replayed>>({ replayed: true }, 202);
  });
  app.openapi(backup, async (c) => {
    const made = await commands.execute('backup/create', c.req.valid('json'), operator('api'));
    return json<CommandOutput<'backup/create'>>(made, 201);
  });
  app.openapi(listAudit, async (c) => json<AuditView[]>(await store.audit.list(defined(c.req.valid('query')))));
  app.openapi(verifyAudit, async () => json<AuditState>(await commands.execute('audit/verify', {}, operator('api'))));
  app.openapi(overview, async () => json<OperationsView>(await operationsView(runtime, journalPendingBytes?.())));
  app.openapi(events, async (c) => {
    const patterns = c.req.valid('query').pattern.split(',');
    const stream = await feed.open(patterns, c.req.valid('header')['last-event-id']);
    return new Response(stream, {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
    });
  });
}

function fromEvent({ consumer, event, deliveries, error, at }: DeadLetter): DeadLetterView {
  return { consumer, id: event.id, name: event.name, payload: event.payload, deliveries, error, at };
}

function fromEffect({ id, command, input, attempts, error, at }: OutboxEntry): DeadLetterView {
  return {
    consumer: 'outbox',
    id,
    name: command,
    payload: input,
    deliveries: attempts,
    error: error ?? 'unknown error',
    at,
  };
}
