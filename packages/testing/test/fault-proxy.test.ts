import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../src/fault-proxy.ts';

/** Long enough for loopback to carry what it carries. */
const A_WHILE = 150;

interface Client {
  readonly socket: Socket;
  heard(): string;
  error(): string | undefined;
  ended(): boolean;
}

let echo: Server;
/** What reached the server, and how its connections ended. */
let arrived: string;
let serverSaw: string[];
let proxy: FaultProxy;
const clients: Client[] = [];

function client(): Client {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  let heard = '';
  let error: string | undefined;
  let ended = false;
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  socket.on('end', () => {
    ended = true;
  });
  socket.on('error', (thrown) => {
    error = 'code' in thrown ? String(thrown.code) : thrown.message;
  });
  const made = { socket, heard: () => heard, error: () => error, ended: () => ended };
  clients.push(made);
  return made;
}

beforeEach(async () => {
  arrived = '';
  serverSaw = [];
  echo = createServer((socket) => {
    socket.on('data', (chunk) => {
      arrived += chunk;
      socket.write(chunk);
    });
    socket.on('end', () => serverSaw.push('end'));
    socket.on('error', () => serverSaw.push('reset'));
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  proxy = await startFaultProxy(typeof address === 'object' ? (address?.port ?? 0) : 0);
});

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await proxy.stop();
  await new Promise((resolve) => echo.close(resolve));
});

describe('the fault proxy', () => {
  test('carries bytes both ways, and each end by itself', async () => {
    const one = client();
    one.socket.end('hello');
    await once(one.socket, 'close');
    expect([arrived, one.heard(), one.error(), serverSaw]).toEqual(['hello', 'hello', undefined, ['end']]);
    await expect.poll(() => proxy.connections).toEqual([]);
    expect(proxy.accepted).toBe(1);
  });

  test('pause: connections stay and are taken, nothing passes, not even an end; heal lets it through', async () => {
    const before = client();
    before.socket.write('a');
    await expect.poll(before.heard).toBe('a');
    proxy.pause();
    before.socket.write('b');
    const during = client();
    await once(during.socket, 'connect');
    during.socket.end('c');
    await sleep(A_WHILE);
    expect([arrived, before.heard(), serverSaw]).toEqual(['a', 'a', []]);
    await proxy.heal();
    await expect.poll(during.heard).toBe('c');
    await expect.poll(before.heard).toBe('ab');
    expect([before.error(), during.error()]).toEqual([undefined, undefined]);
  });

  test('a side that dies during a pause is not missed by the other side before heal', async () => {
    const one = client();
    one.socket.write('a');
    await expect.poll(one.heard).toBe('a');
    proxy.pause();
    one.socket.resetAndDestroy();
    await sleep(A_WHILE);
    expect(serverSaw).toEqual([]);
    await proxy.heal();
    await expect.poll(() => serverSaw).toEqual(['reset']);
  });

  test('freeze: one connection is half-open, the others work', async () => {
    const dead = client();
    proxy.follow((connection, direction, piece) => {
      if (direction === 'toServer' && piece.includes('poison')) connection.freeze();
    });
    dead.socket.write('poison');
    const alive = client();
    alive.socket.write('fine');
    await expect.poll(alive.heard).toBe('fine');
    expect([arrived, dead.heard()]).toEqual(['fine', '']);
    proxy.connections.find(({ number }) => number === 1)?.heal();
    await expect.poll(dead.heard).toBe('poison');
  });

  test('blackhole: what is sent vanishes one way; heal resets the connection that has a gap', async () => {
    const one = client();
    proxy.blackhole('toClient');
    one.socket.write('a');
    await expect.poll(() => arrived).toBe('a');
    await sleep(A_WHILE);
    expect(one.heard()).toBe('');
    await proxy.heal();
    await expect.poll(one.error).toBe('ECONNRESET');
  });

  test('cut resets both sides, new connections pass', async () => {
    const one = client();
    one.socket.write('a');
    await expect.poll(one.heard).toBe('a');
    proxy.cut();
    await expect.poll(one.error).toBe('ECONNRESET');
    await expect.poll(() => serverSaw).toEqual(['reset']);
    const two = client();
    two.socket.write('b');
    await expect.poll(two.heard).toBe('b');
  });

  test('refuse: nobody gets in until heal, on the same port', async () => {
    await proxy.refuse();
    const one = client();
    await expect.poll(one.error).toBe('ECONNREFUSED');
    await proxy.heal();
    const two = client();
    two.socket.write('b');
    await expect.poll(two.heard).toBe('b');
  });

  test('cutAfter: the first bytes arrive, then the connection is reset, once', async () => {
    proxy.cutAfter(3, 'toServer');
    const one = client();
    one.socket.write('hello');
    await expect.poll(one.error).toBe('ECONNRESET');
    expect(arrived).toBe('hel');
    const two = client();
    two.socket.write('hello');
    await expect.poll(two.heard).toBe('hello');
  });

  test('cutAfter in the answer: the server did it, the client does not know', async () => {
    proxy.cutAfter(2, 'toClient');
    const one = client();
    one.socket.write('hello');
    await expect.poll(one.error).toBe('ECONNRESET');
    expect([arrived, one.heard()]).toEqual(['hello', 'he']);
  });

  test('delay and limit slow bytes down and lose none', async () => {
    proxy.delay(A_WHILE);
    const start = performance.now();
    const one = client();
    one.socket.write('slow');
    await expect.poll(one.heard).toBe('slow');
    // Both ways.
    expect(performance.now() - start).toBeGreaterThan(1.8 * A_WHILE);
    await proxy.heal();
    proxy.limit(1_000_000);
    const two = client();
    two.socket.write('x'.repeat(200_000));
    await expect.poll(() => two.heard().length, { timeout: 5_000 }).toBe(200_000);
    expect(performance.now() - start).toBeGreaterThan(1.8 * A_WHILE + 200);
  });
});
