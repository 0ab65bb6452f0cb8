import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Gateway } from '../src/gateway.ts';
import { isLoopbackHost } from '../src/security.ts';
import { errorOf, post, startBeside, startServer, type TestServer } from './server.ts';

const TOKEN = 'a-token-of-some-length';
const SAY = { author: 'anna', text: 'hi' };

let open: TestServer;
let guarded: Gateway;
beforeAll(async () => {
  open = await startServer();
  guarded = await startBeside(open, { token: TOKEN });
});
afterAll(async () => {
  await guarded.stop();
  await open.close();
});

/** The status of a request whose Host header we choose, which fetch does not allow. */
function statusWithHost(server: { readonly url: string }, path: string, host: string): Promise<number | undefined> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers: { host }, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject).end();
  });
}

describe('without a token, on loopback', () => {
  it.each(['/api/v1/rooms', '/metrics', '/', '/api/v1/events'])(
    'refuses %s under a foreign host name',
    async (path) => {
      expect(await statusWithHost(open, path, 'evil.example')).toBe(403);
      expect(await statusWithHost(open, path, '127.0.0.1.evil.example')).toBe(403);
    },
  );

  it('stays alive for probes under any name', async () => {
    expect(await statusWithHost(open, '/healthz', 'probe.example')).toBe(200);
  });

  it.each([{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])(
    'refuses a change from another site: %o',
    async (headers) => {
      const response = await post(`${open.url}/api/v1/rooms/dev-updates/messages`, SAY, headers);
      expect(await errorOf(response)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    },
  );

  it('takes a change from its own pages', async () => {
    const response = await post(`${open.url}/api/v1/rooms/dev-updates/messages`, SAY, { origin: open.url });
    expect(response.status).toBe(201);
  });

  it('allows nothing inline, no frames and no sniffing', async () => {
    const { headers } = await fetch(`${open.url}/`);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('with a token', () => {
  it.each(['/api/v1/rooms', '/api/v1/events', '/metrics', '/api/v1/nothing'])('wants it for %s', async (path) => {
    for (const authorization of ['', 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
      const response = await fetch(`${guarded.url}${path}`, { headers: { authorization } });
      expect(await errorOf(response)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    }
  });

  it('lets in whoever carries it, under any name', async () => {
    const response = await fetch(`${guarded.url}/api/v1/rooms`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(response.status).toBe(200);
    expect(await statusWithHost(guarded, '/', 'continuum.example')).toBe(200);
  });
});

it.each([
  ['127.0.0.1:4000', true],
  ['localhost', true],
  ['app.localhost:80', true],
  ['[::1]:4000', true],
  ['127.0.0.1.evil.example', false],
  ['localhost.evil.example:4000', false],
  ['10.0.0.1', false],
  ['', false],
])('knows whether %s is this machine', (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});
