import { EventId, FeedbackId, MessageId, RoomId } from '@continuum/contract/ids';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFeed } from '../src/feed.ts';
import { startBeside, startServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const room = RoomId.parse('dev-updates');

async function emit(id: string): Promise<void> {
  const payload = { messageId: MessageId.parse(`msg-${id}`), roomId: room };
  await server.runtime.bus.emit('room:message', payload, { id: EventId.parse(id) });
}

/** Reads until the text holds what is wanted, then hangs up. */
async function readUntil(stream: ReadableStream<Uint8Array> | null, wanted: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  if (stream === null) return text;
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes(wanted)) break;
  }
  return text;
}

it('streams matching events as they happen, each with its id and name', async () => {
  const response = await fetch(`${server.url}/api/v1/events?pattern=review:*,room:*`);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  await server.runtime.bus.emit('feedback:given', { feedbackId: FeedbackId.parse('fb') });
  await emit('e1');
  const text = await readUntil(response.body, 'msg-e1');
  expect(text).toMatch(/^: alive\n\n/);
  expect(text).toMatch(/id: e1\nevent: room:message\ndata: \{"id":"e1".*\}\n\n/);
  expect(text).not.toContain('feedback:given');
});

it('sends what a client missed', async () => {
  await emit('e2');
  await emit('e3');
  const response = await fetch(`${server.url}/api/v1/events?pattern=room:*`, { headers: { 'last-event-id': 'e2' } });
  const text = await readUntil(response.body, 'msg-e3');
  expect(text).not.toContain('msg-e2');
});

it('passes an answer on while it is written, to those who ask for it by name, and keeps nothing of it', async () => {
  const [all, drafts] = await Promise.all(
    ['room:*', 'room:*,room:draft'].map((pattern) => fetch(`${server.url}/api/v1/events?pattern=${pattern}`)),
  );
  const author = { kind: 'persona' as const, id: 'security-ai', name: 'Security AI' };
  const draft = { messageId: MessageId.parse('msg-draft'), roomId: room, threadId: null, replyTo: null, author };
  server.runtime.bus.broadcast('room:draft', { ...draft, text: 'Because', at: '2026-03-01T10:00:00.000Z' });
  await emit('after-draft');
  const heard = await readUntil(drafts?.body ?? null, 'msg-after-draft');
  expect(heard).toMatch(/\n\nevent: room:draft\ndata: \{"name":"room:draft","payload":\{.*"text":"Because".*\}\}\n\n/);
  expect(heard).not.toMatch(/id: .*\nevent: room:draft/);
  expect(await readUntil(all?.body ?? null, 'msg-after-draft')).not.toContain('room:draft');
  expect((await server.runtime.bus.recent(100)).map(({ name }) => String(name))).not.toContain('room:draft');
});

it('keeps silent streams alive, and forgets clients that leave', async () => {
  const feed = createFeed(server.runtime.bus, 20);
  await feed.start();
  const stream = await feed.open(['room:*'], undefined);
  expect(feed.clients).toBe(1);
  expect(await readUntil(stream, ': alive\n\n: alive\n\n')).toContain(': alive\n\n: alive\n\n');
  expect(feed.clients).toBe(0);
  await feed.stop();
});

it('cuts off a client that does not read', async () => {
  const feed = createFeed(server.runtime.bus, 1);
  await feed.start();
  await feed.open(['room:*'], undefined);
  await expect.poll(() => feed.clients, { timeout: 10_000 }).toBe(0);
  await feed.stop();
});

it('stops while streams are open', async () => {
  const other = await startBeside(server, {});
  const response = await fetch(`${other.url}/api/v1/events`);
  const started = performance.now();
  await other.stop();
  expect(performance.now() - started).toBeLessThan(4000);
  expect(await response.text()).toContain(': alive');
});
