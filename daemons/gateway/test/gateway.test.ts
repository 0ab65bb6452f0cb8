import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiOver, errorOf, startBeside, startServer, type TestServer } from './server.ts';

let folder: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'static-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Continuum</title>');
  await writeFile(join(folder, 'assets', 'app-1234.js'), 'export const x = 1;'.repeat(200));
  server = await startServer({ api: apiOver(folder) });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

it('serves the dashboard: the page revalidated, hashed files for ever', async () => {
  const page = await fetch(`${server.url}/`);
  expect([page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([
    'text/html; charset=utf-8',
    'no-cache',
  ]);
  const etag = page.headers.get('etag') ?? '';
  expect((await fetch(`${server.url}/`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  const script = await fetch(`${server.url}/assets/app-1234.js`);
  expect(script.headers.get('cache-control')).toContain('immutable');
  expect(script.headers.get('content-encoding')).toBe('gzip');
  expect(await script.text()).toContain('export const x = 1;');
});

it.each(['/../package.json', '/..%2fpackage.json', '/assets/../../etc/passwd', '/assets/', '/nothing.js', '/%00'])(
  'answers 404 as JSON for %s',
  async (path) => {
    const response = await fetch(server.url + path);
    expect(await errorOf(response)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  },
);

it('says how to build the dashboard when it is not built', async () => {
  const bare = await startBeside(server, {});
  expect(await (await fetch(`${bare.url}/`)).text()).toContain('npm run build -w @continuum/dashboard');
  await bare.stop();
});

it('reports health, readiness and metrics by route', async () => {
  expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: 'ok' });
  expect(await (await fetch(`${server.url}/readyz`)).json()).toEqual({ ready: true, checks: { store: 'ok' } });
  await fetch(`${server.url}/api/v1/findings/none`);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('route="/api/v1/findings/:id",status="404"');
});

it('is not ready with 503', async () => {
  const other = await startBeside(server, {}, { ready: async () => ({ ready: false, checks: { store: 'locked' } }) });
  expect((await fetch(`${other.url}/readyz`)).status).toBe(503);
  await other.stop();
});

it('says that a port is taken, and starts and stops twice without harm', async () => {
  const port = Number(new URL(server.url).port);
  await expect(startBeside(server, { port })).rejects.toMatchObject({
    ...{ code: 'CONFIG_INVALID', next: expect.stringContaining('PORT') },
  });
  await server.gateway.start();
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const again = await startBeside(server, {});
  await again.stop();
  await again.stop();
  expect(() => again.url).toThrow(/not listening/);
  await again.start();
  expect((await fetch(`${again.url}/healthz`)).status).toBe(200);
  await again.stop();
});
