import { ScopeId } from '@continuum/contract/ids';
import { Layer } from '@continuum/contract/layer';
import { newLayer } from '@continuum/testing/layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errorOf, post, startServer, type TestServer } from './server.ts';

const SECURITY = ScopeId.parse('/security/');
let server: TestServer;
let id: string;

beforeAll(async () => {
  server = await startServer();
  id = server.layerStore.add('weights', newLayer({ scope: SECURITY })).id;
});
afterAll(() => server.close());

const api = (path: string) => `${server.url}/api/v1/${path}`;
const call = (path: string, body: unknown = {}) => post(api(path), body);

describe('layers over HTTP', () => {
  it('are listed and shown, narrowed by scope and state', async () => {
    const all = z.array(Layer).parse(await (await fetch(api('layers'))).json());
    expect(all).toMatchObject([{ id, state: 'candidate', scope: '/security/' }]);
    expect(await (await fetch(api('layers?state=active'))).json()).toEqual([]);
    expect(await (await fetch(api('layers?scope=/security/'))).json()).toHaveLength(1);
    expect(await (await fetch(api(`layers/${id}`))).json()).toMatchObject({ id });
    const unknown = await fetch(api(`layers/layer-${'0'.repeat(32)}`));
    expect(await errorOf(unknown)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await errorOf(await fetch(api('layers/what')))).toMatchObject({ status: 400 });
  });

  it('are trained: the answer is a job, its progress an event', async () => {
    const stream = await fetch(api('events?names=training:progress'));
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const begun = await call('layers/train', { scope: '/security/', options: { rank: 4 } });
    expect(begun.status).toBe(202);
    expect(await begun.json()).toMatchObject({ jobId: 'job_1', progress: { state: 'queued', steps: 40 } });
    let heard = '';
    while (!heard.includes('training:progress')) heard += (await reader?.read())?.value ?? 'closed';
    await reader?.cancel();
    expect(heard).toContain('"scope":"/security/"');
    expect(await (await call('layers/jobs/job_1/cancel')).json()).toMatchObject({ state: 'cancelled', step: 3 });
    expect(await errorOf(await call('layers/jobs/job_2/cancel'))).toMatchObject({ status: 404 });
    expect(await errorOf(await call('layers/train', { scope: 'security' }))).toMatchObject({ status: 400 });
  });

  it('are promoted step by step and taken back', async () => {
    for (const state of ['shadow', 'canary', 'active']) {
      expect(await (await call(`layers/${id}/promote`)).json()).toMatchObject({ state });
    }
    expect(await errorOf(await call(`layers/${id}/promote`, { to: 'shadow' }))).toMatchObject({ status: 409 });
    expect(await (await call(`layers/${id}/rollback`)).json()).toMatchObject({ archived: { id, state: 'archived' } });
  });

  it('travel as bundles', async () => {
    const file = '/tmp/one.layer';
    expect(await (await call(`layers/${id}/export`, { file })).json()).toEqual({ file });
    expect(await (await call('layers/import', { file })).json()).toMatchObject({ id });
    expect(await errorOf(await call('layers/import', { file: '/tmp/other.layer' }))).toMatchObject({ status: 400 });
  });

  it('are let go of when a persona leaves its scope', async () => {
    expect(await (await call('scopes/leave', { persona: 'security-ai' })).json()).toMatchObject({ released: [] });
  });
});
