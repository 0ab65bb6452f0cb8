import type { components } from '@octokit/openapi-types';
import type { Context, Hono } from 'hono';
import { type Env, refuse, repoAt } from './answers.ts';
import type { AppAuth } from './api-app.ts';
import { INSTALLATION_ID } from './conversation.ts';
import { deliveryHeaders } from './deliver.ts';
import type { Deliveries, FakeDelivery } from './deliveries.ts';
import type { RepoState, State } from './state.ts';

/** The id of the one webhook that every repository has; the same as in its deliveries' headers. */
export const HOOK_ID = 292_430_182;
/** GitHub forgets deliveries after three days. */
const KEPT_MS = 72 * 3_600_000;

type Item = components['schemas']['hook-delivery-item'];

interface Hooks {
  readonly state: State;
  readonly deliveries: Deliveries;
  readonly auth: AppAuth;
}

/** Webhooks and what became of their deliveries: for the App, all of them; for a repository, its own. */
export function addHooks(app: Hono<Env>, hooks: Hooks): void {
  const { state, deliveries } = hooks;
  const asApp = (c: Context<Env>, answer: () => Response): Response =>
    hooks.auth.isApp((c.req.header('authorization') ?? '').replace(/^bearer /i, ''))
      ? answer()
      : refuse(c, 401, 'A JSON web token could not be decoded');
  const asAdmin = (c: Context<Env>, answer: (repo: RepoState) => Response): Response => {
    const repo = repoAt(c, state);
    const known = c.req.param('hook') === undefined || Number(c.req.param('hook')) === HOOK_ID;
    const isAdmin = c.req.header('authorization') !== undefined;
    return repo === undefined || !known || !isAdmin ? refuse(c, 404, 'Not Found') : answer(repo);
  };
  const all = (): FakeDelivery[] => kept(deliveries.log, state.clock());
  const of = (repo: RepoState): FakeDelivery[] => all().filter(({ repositoryId }) => repositoryId === repo.id);

  app.get('/app/hook/deliveries', (c) => asApp(c, () => page(c, state, all())));
  app.get('/app/hook/deliveries/:id', (c) => asApp(c, () => one(c, hooks, all())));
  app.post('/app/hook/deliveries/:id/attempts', (c) => asApp(c, () => again(c, hooks, all())));
  app.get('/repos/:owner/:repo/hooks', (c) => asAdmin(c, (repo) => c.json(listHooks(hooks, repo))));
  const path = '/repos/:owner/:repo/hooks/:hook/deliveries';
  app.get(path, (c) => asAdmin(c, (repo) => page(c, state, of(repo))));
  app.get(`${path}/:id`, (c) => asAdmin(c, (repo) => one(c, hooks, of(repo))));
  app.post(`${path}/:id/attempts`, (c) => asAdmin(c, (repo) => again(c, hooks, of(repo))));
}

function kept(log: readonly FakeDelivery[], now: Date): FakeDelivery[] {
  const since = new Date(now.getTime() - KEPT_MS).toISOString();
  return log.filter(({ at }) => at >= since);
}

/** Newest first; the cursor names the last delivery of the page before. */
function page(c: Context<Env>, state: State, log: readonly FakeDelivery[]): Response {
  const size = Math.min(100, Math.max(1, Number(c.req.query('per_page')) || 30));
  const [, before = 'Infinity'] = /^v1_(\d+)$/.exec(c.req.query('cursor') ?? '') ?? [];
  const rest = log.filter(({ id }) => id < Number(before)).sort((a, b) => b.id - a.id);
  const shown = rest.slice(0, size);
  if (rest.length > size) {
    const url = new URL(c.req.url);
    url.searchParams.set('cursor', `v1_${shown.at(-1)?.id}`);
    c.header('link', `<${state.url}${url.pathname}${url.search}>; rel="next"`);
  }
  return c.json(shown.map(toItem));
}

function toItem(delivery: FakeDelivery): Item {
  const { id, deliveryId, at, redelivery, ms, status, response, event, action, repositoryId } = delivery;
  return {
    ...{ id, guid: deliveryId, delivered_at: at, redelivery, duration: ms / 1000 },
    status: toStatus(status, response),
    status_code: status,
    ...{ event, action: action ?? null, installation_id: INSTALLATION_ID, repository_id: repositoryId ?? null },
    throttled_at: null,
  };
}

function toStatus(status: number, response: string): string {
  if (status >= 200 && status < 300) return 'OK';
  if (status > 0) return `Invalid HTTP Response: ${status}`;
  return response === 'timed out' ? 'timed out' : 'failed to connect to host';
}

function one(c: Context<Env>, { deliveries }: Hooks, log: readonly FakeDelivery[]): Response {
  const found = find(c, log);
  if (found === undefined) return refuse(c, 404, 'Not Found');
  const payload: components['schemas']['hook-delivery']['request']['payload'] = JSON.parse(found.body);
  const headers = deliveryHeaders(found, deliveries.webhook()?.secret ?? '');
  const response = { headers: found.status === 0 ? null : {}, payload: found.status === 0 ? null : found.response };
  return c.json({ ...toItem(found), url: found.url, request: { headers, payload }, response });
}

function again(c: Context<Env>, { deliveries }: Hooks, log: readonly FakeDelivery[]): Response {
  const found = find(c, log);
  if (found === undefined) return refuse(c, 404, 'Not Found');
  void deliveries.redeliver(found.deliveryId);
  return c.json({}, 202);
}

function find(c: Context<Env>, log: readonly FakeDelivery[]): FakeDelivery | undefined {
  return log.find(({ id }) => id === Number(c.req.param('id')));
}

function listHooks({ state, deliveries }: Hooks, repo: RepoState): components['schemas']['hook'][] {
  const webhook = deliveries.webhook();
  if (webhook === undefined) return [];
  const url = `${state.url}/repos/${repo.fullName}/hooks/${HOOK_ID}`;
  const last = kept(deliveries.log, state.clock()).findLast(({ repositoryId }) => repositoryId === repo.id);
  return [
    {
      ...{ type: 'Repository', id: HOOK_ID, name: 'web', active: true, events: ['*'] },
      config: { content_type: 'json', insecure_ssl: '0', url: webhook.url, secret: '********' },
      ...{ updated_at: repo.createdAt, created_at: repo.createdAt, url },
      ...{ test_url: `${url}/test`, ping_url: `${url}/pings`, deliveries_url: `${url}/deliveries` },
      last_response: { code: last?.status ?? null, status: 'unused', message: null },
    },
  ];
}
