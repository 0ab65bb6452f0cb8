import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { letGo, MAX_BODY_BYTES } from '../src/body.ts';
import { errorOf, startBeside, startServer, type TestServer } from './server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

it('hands over the bytes exactly as they came, and answers as intake says', async () => {
  const body = randomBytes(300_000);
  const headers = { 'x-github-delivery': 'd-1' };
  const response = await fetch(`${server.url}/webhooks/github`, { method: 'POST', body, headers });
  expect([response.status, response.headers.get('x-accepted'), await response.json()]).toEqual([
    202,
    'yes',
    { id: 'd-1' },
  ]);
  expect(server.deliveries.at(-1)?.equals(body)).toBe(true);
});

it('answers under any host name: a tunnel keeps its own', async () => {
  const status = await raw({ host: 'abc.tunnel.example' }, [Buffer.from('{}')]);
  expect(status).toBe(202);
});

it('says that a source is unknown', async () => {
  const response = await fetch(`${server.url}/webhooks/fax`, { method: 'POST', body: '{}' });
  expect(await errorOf(response)).toMatchObject({ status: 404, code: 'UNKNOWN_SOURCE' });
});

it('refuses an announced body far over the limit before it is sent', async () => {
  expect(await raw({ 'content-length': String(4 * MAX_BODY_BYTES + 1) }, [])).toBe(413);
});

it('refuses a streamed body once it passes the limit, and keeps nothing of it', async () => {
  const before = server.deliveries.length;
  const chunks = Array.from({ length: 27 }, () => Buffer.alloc(1024 * 1024, 32));
  expect(await raw({ 'transfer-encoding': 'chunked' }, chunks)).toBe(413);
  expect(server.deliveries.length).toBe(before);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

it('refuses a delivery for which there is no room unread, at once, and its connection takes the next one', async () => {
  let hasRoom = false;
  let places = 0;
  const gateway = await startBeside(
    server,
    {},
    {
      acceptDelivery: async () => ({ status: 202, body: { status: 'accepted' } }),
      admitDelivery: () => {
        if (!hasRoom) return { status: 503, body: { error: {} }, headers: { 'retry-after': '1' } };
        places += 1;
        return { release: () => (places -= 1) };
      },
    },
  );
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  const answers: string[] = [];
  socket.on('data', (chunk: Buffer) => answers.push(chunk.toString()));
  const body = 'x'.repeat(20_000);
  const head = `POST /webhooks/github HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${body.length}\r\n\r\n`;
  // Only the head: the answer does not wait for the body.
  socket.write(head);
  await vi.waitFor(() => expect(answers.join('')).toMatch(/^HTTP\/1.1 503 [\s\S]*retry-after: 1\r\n/));
  hasRoom = true;
  socket.write(body + head + body);
  await vi.waitFor(() => expect(answers.join('')).toMatch(/HTTP\/1.1 202 /));
  await vi.waitFor(() => expect(places).toBe(0));
  socket.destroy();
  await gateway.stop();
});

it('gives the place of a sender that goes away to others', async () => {
  let places = 0;
  const gateway = await startBeside(
    server,
    {},
    {
      admitDelivery: () => {
        places += 1;
        return { release: () => (places -= 1) };
      },
    },
  );
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.write('POST /webhooks/github HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000\r\n\r\n{');
  await vi.waitFor(() => expect(places).toBe(1));
  socket.destroy();
  await vi.waitFor(() => expect(places).toBe(0));
  await gateway.stop();
});

it.each([
  [202, 0],
  [401, 0],
  [503, 21_000],
])('after the answer %i, %i bytes of the body are left to whoever still writes them', async (status, left) => {
  const taken: Buffer[] = [];
  const acceptDelivery = async (_source: string, _headers: object, body: Buffer) => {
    taken.push(body);
    return { status };
  };
  const gateway = await startBeside(server, {}, { acceptDelivery });
  const body = randomBytes(21_000);
  expect((await fetch(`${gateway.url}/webhooks/github`, { method: 'POST', body })).status).toBe(status);
  expect(taken.map(({ length }) => length)).toEqual([left]);
  await gateway.stop();
});

it('bytes that share their memory with others are never given back', () => {
  const [one, other] = [Buffer.from('one of the pool'), Buffer.from('another')];
  letGo(one);
  expect([one.toString(), other.toString()]).toEqual(['one of the pool', 'another']);
  const own = Buffer.alloc(20_000, 1);
  letGo(own.subarray(1));
  expect(own).toHaveLength(20_000);
  letGo(own);
  letGo(own);
  expect(own).toHaveLength(0);
});

/** A POST with its own headers; resolves with the status as soon as it is answered. */
function raw(headers: Record<string, string>, chunks: readonly Buffer[]): Promise<number | undefined> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request(
      { hostname, port, path: '/webhooks/github', method: 'POST', headers, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
        sent.destroy();
      },
    );
    let answered = false;
    sent.on('response', () => {
      answered = true;
    });
    // The server may close the connection while we still send; the answer came first.
    sent.on('error', (error) => setTimeout(() => !answered && reject(error), 500));
    sent.flushHeaders();
    for (const chunk of chunks) sent.write(chunk);
    if (!('content-length' in headers)) sent.end();
  });
}
