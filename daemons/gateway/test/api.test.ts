import { Finding } from '@continuum/contract/finding';
import { FindingDetail, HeadlineMetrics, MessageView, RoomSummary } from '@continuum/contract/http';
import { PersonaId, ScopeId } from '@continuum/contract/ids';
import { Memory, TrainingExample } from '@continuum/contract/learning';
import { Message } from '@continuum/contract/room';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EXAMPLE, INJECTION, MEMORY, QUARANTINED, REVIEW, seed, WITHHELD } from './seed.ts';
import { errorOf, post, startServer, type TestServer } from './server.ts';

let server: TestServer;
const get = (path: string) => fetch(`${server.url}${path}`);
const read = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => schema.parse(await (await get(path)).json());
beforeAll(async () => {
  server = await startServer();
  await seed(server.runtime.store);
});
afterAll(() => server.close());

describe('rooms', () => {
  it('lists rooms with the time of their last message', async () => {
    const rooms = await read('/api/v1/rooms', z.array(RoomSummary));
    expect(rooms.map((room) => [room.id, room.lastAt !== undefined])).toEqual(
      expect.arrayContaining([
        ['dev-updates', true],
        ['security', false],
      ]),
    );
  });

  it('shows messages with their findings and reactions, and where else they stand', async () => {
    const messages = await read('/api/v1/rooms/dev-updates/messages', z.array(MessageView));
    expect(messages.find((message) => message.id === 'msg_2')?.finding?.id).toBe(INJECTION.id);
    expect(messages.find((message) => message.id === 'msg_3')?.reactions.map((each) => each.emoji)).toEqual(['👍']);
    const links = messages.flatMap((message) => message.links.map((link) => [message.id, link]));
    expect(links).toEqual([['msg_4', { kind: 'slack', url: 'https://acme.slack.com/archives/C1/p12' }]]);
  });

  it('pages backwards', async () => {
    const page = await read('/api/v1/rooms/dev-updates/messages?before=msg_3&limit=1', z.array(MessageView));
    expect(page.map((message) => message.id)).toEqual(['msg_2']);
  });

  it('takes a message from a person, and answers with its thread', async () => {
    const body = { author: 'ben', text: 'see line 15', replyTo: 'msg_2' };
    const response = await post(`${server.url}/api/v1/rooms/security/messages`, body);
    const message = Message.parse(await response.json());
    expect([response.status, message.author, message.source.kind]).toEqual([
      201,
      { kind: 'person', id: 'ben', name: 'ben' },
      'api',
    ]);
    const thread = await read(`/api/v1/messages/${message.id}/thread`, z.array(MessageView));
    expect(thread.map((each) => each.id)).toContain(message.id);
  });

  it('counts the same reaction once, and tells the bus', async () => {
    const seen: string[] = [];
    const subscription = await server.runtime.bus.subscribe('room:reaction', async ({ payload }) => {
      seen.push(payload.emoji);
    });
    for (let time = 0; time < 2; time += 1) {
      const response = await post(`${server.url}/api/v1/messages/msg_4/reactions`, { author: 'ben', emoji: '🎉' });
      expect(response.status).toBe(201);
    }
    const [message] = await read('/api/v1/rooms/dev-updates/messages?before=msg_5&limit=1', z.array(MessageView));
    await server.runtime.bus.idle();
    await subscription.stop();
    expect([message?.reactions.length, seen]).toEqual([1, ['🎉']]);
  });

  it('says which room or message is not there', async () => {
    expect(await errorOf(await get('/api/v1/rooms/nowhere/messages'))).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    });
    const reaction = await post(`${server.url}/api/v1/messages/none/reactions`, { author: 'a', emoji: 'x' });
    expect((await errorOf(reaction)).code).toBe('NOT_FOUND');
  });
});

describe('findings and reviews', () => {
  it.each([
    ['status=withheld', [WITHHELD.id]],
    ['repo=acme/shop&pr=41&limit=1', 1],
    [`reviewId=${REVIEW.id}&status=posted`, 2],
    ['repo=acme/other', 0],
  ])('filters by %s', async (query, expected) => {
    const ids = (await read(`/api/v1/findings?${query}`, z.array(Finding))).map((finding) => finding.id);
    expect(typeof expected === 'number' ? ids.length : ids).toEqual(expected);
  });

  it('answers with the why, and the memory that decided', async () => {
    const detail = await read(`/api/v1/findings/${WITHHELD.id}`, FindingDetail);
    expect(detail.judgement.why.map((reason) => reason.kind)).toEqual(['analyzer', 'declined']);
    expect(detail.memories.map((memory) => memory.reason)).toEqual([MEMORY.reason]);
  });

  it('passes feedback on, and shows it with the finding', async () => {
    const body = { findingId: INJECTION.id, kind: 'correction', value: 'wrong', author: 'anna', reason: 'see line 15' };
    const response = await post(`${server.url}/api/v1/feedback`, body);
    expect([response.status, z.object({ learned: z.string() }).parse(await response.json()).learned]).toEqual([
      201,
      'active',
    ]);
    const detail = await read(`/api/v1/findings/${INJECTION.id}`, FindingDetail);
    expect([detail.status, detail.feedback.map((each) => each.reason)]).toEqual(['declined', ['see line 15']]);
  });

  it('turns overload into 503 with Retry-After in seconds', async () => {
    const response = await post(`${server.url}/api/v1/reviews`, { patch: 'diff', title: 'T' });
    expect([response.headers.get('retry-after'), await errorOf(response)]).toMatchObject([
      '3',
      { status: 503, code: 'OVERLOADED', message: 'busy with T' },
    ]);
  });

  it('hands a local range to whoever reads repositories', async () => {
    const response = await post(`${server.url}/api/v1/reviews`, { repo: '/nowhere', base: 'a', head: 'b' });
    expect(await errorOf(response)).toMatchObject({ status: 400, code: 'NOT_A_REPOSITORY' });
  });
});

describe('learning', () => {
  it('approves and revokes', async () => {
    const approve = await post(`${server.url}/api/v1/examples/${QUARANTINED.id}/approve`, { author: 'anna' });
    expect(TrainingExample.parse(await approve.json()).state).toBe('active');
    const revoke = await post(`${server.url}/api/v1/memories/${MEMORY.id}/revoke`, { author: 'anna' });
    expect(Memory.parse(await revoke.json()).state).toBe('revoked');
    await server.runtime.store.learning.setMemoryState(MEMORY.id, 'active');
  });

  it('lists examples by state and exports them as lines', async () => {
    const active = await read('/api/v1/examples?state=active', z.array(TrainingExample));
    expect(active.map((example) => example.id)).toContain(EXAMPLE.id);
    const response = await get('/api/v1/examples.jsonl?format=dpo');
    expect([response.headers.get('content-type'), await response.text()]).toEqual([
      'application/jsonl; charset=utf-8',
      '{"format":"dpo"}\n',
    ]);
  });

  it('counts the headline metrics from what happened', async () => {
    const [all] = await read('/api/v1/metrics/learning', z.array(HeadlineMetrics));
    expect(all).toMatchObject({ persona: '*', posted: 2, humanCorrectionRate: 0.5, precision: 0, recall: null });
  });

  it('writes what changed into the audit', async () => {
    const entries = await read('/api/v1/audit?limit=200', z.array(z.object({ action: z.string(), actor: z.string() })));
    expect(entries).toContainEqual({ action: 'memory/revoke', actor: 'operator:anna' });
  });
});

describe('dead letters', () => {
  it('shows an event its consumer gave up on, and replays it', async () => {
    const { bus } = server.runtime;
    let broken = true;
    const subscription = await bus.subscribe(
      'scope:entered',
      async () => {
        if (broken) throw new Error('no disk');
      },
      { durable: 'test', maxDeliveries: 1 },
    );
    const { id } = await bus.emit('scope:entered', {
      persona: PersonaId.parse('security-ai'),
      scope: ScopeId.parse('/'),
      chain: [],
    });
    await bus.idle();
    const letters = await read(
      '/api/v1/dead-letters',
      z.array(z.looseObject({ consumer: z.string(), id: z.string() })),
    );
    expect(letters).toMatchObject([{ consumer: 'test', id, name: 'scope:entered', deliveries: 1 }]);
    broken = false;
    const replay = await post(`${server.url}/api/v1/dead-letters/replay`, { consumer: 'test', id });
    await bus.idle();
    await subscription.stop();
    expect([replay.status, await read('/api/v1/dead-letters', z.array(z.unknown()))]).toEqual([202, []]);
    const again = await post(`${server.url}/api/v1/dead-letters/replay`, { consumer: 'test', id });
    expect((await errorOf(again)).code).toBe('NOT_FOUND');
  });
});

describe('bad input', () => {
  it('names every wrong field', async () => {
    const error = await errorOf(await post(`${server.url}/api/v1/feedback`, { kind: 'x', value: 1 }));
    expect(error).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
    expect(error.message).toMatch(/kind: .*value: .*author: /);
  });

  it.each([
    ['malformed JSON', '{"author":', 'MALFORMED_JSON', 'application/json'],
    ['a form', 'author=a&text=b', 'INVALID_INPUT', 'application/x-www-form-urlencoded'],
    ['an empty body', '', 'MALFORMED_JSON', 'application/json'],
  ])('refuses %s', async (_name, body, code, type) => {
    const response = await post(`${server.url}/api/v1/rooms/security/messages`, body, { 'content-type': type });
    expect(await errorOf(response)).toMatchObject({ status: 400, code });
  });

  it.each([
    '/api/v1/findings?limit=0',
    '/api/v1/findings?status=good',
    '/api/v1/findings?pr=one',
    '/api/v1/rooms/A!/messages',
  ])('refuses %s', async (path) => {
    expect(await errorOf(await get(path))).toMatchObject({ status: 400, code: 'INVALID_INPUT' });
  });

  it('refuses more than 1 MB, and more than 25 MB where patches come in', async () => {
    const text = 'x'.repeat(1_100_000);
    const message = await post(`${server.url}/api/v1/rooms/security/messages`, { author: 'a', text });
    expect(await errorOf(message)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
    expect((await post(`${server.url}/api/v1/reviews`, { patch: text })).status).toBe(503);
    const large = await post(`${server.url}/api/v1/reviews`, { patch: text.repeat(25) });
    expect(await errorOf(large)).toMatchObject({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });

  it('hears out whoever sends too much, for one that is cut off in the middle never sees the answer', async () => {
    const send = () =>
      post(`${server.url}/api/v1/rooms/security/messages`, { author: 'a', text: 'x'.repeat(5_000_000) });
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all([send(), send(), send(), send()]);
      expect(answers.map(({ status }) => status)).toEqual([413, 413, 413, 413]);
      await Promise.all(answers.map((answer) => answer.text()));
    }
  });

  it('survives JSON of any depth', async () => {
    const open = await post(`${server.url}/api/v1/reviews`, '['.repeat(1_000_000));
    expect(await errorOf(open)).toMatchObject({ status: 400, code: 'MALFORMED_JSON' });
    const closed = await post(`${server.url}/api/v1/reviews`, `${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect((await errorOf(closed)).status).toBe(400);
  });

  it('says that a route is not there, and that a planned one is not built', async () => {
    expect(await errorOf(await get('/api/v2/rooms'))).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    const later = await errorOf(await post(`${server.url}/api/v1/generate`, {}));
    expect(later).toMatchObject({ status: 404, message: expect.stringContaining('not part of this version') });
  });
});
