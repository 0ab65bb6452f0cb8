import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { createFaults } from '../faults.ts';
import { conversationActions, pullActions, repositoryActions, type World } from './actions.ts';
import { type ApiRequest, createApi } from './api.ts';
import { type AppAuth, createAppAuth, type Installation } from './api-app.ts';
import { createConversation } from './conversation.ts';
import { createDeliveries } from './deliveries.ts';
import type { FakeGithub, FakeGithubOptions } from './fake-github.ts';
import { createPulls } from './pulls.ts';
import { toUser } from './shapes.ts';
import { createState, type State } from './state.ts';

export type { FakeGithub, FakeGithubOptions } from './fake-github.ts';

const BOT = 'continuum[bot]';
const TOKEN = 'ghs_fake0000000000000000000000000000000000';

/** Starts it on loopback with nothing in it. Stop it with `stop()`, which also removes its folder. */
export async function startFakeGithub(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  const folder = await mkdtemp(join(tmpdir(), 'fake-github-'));
  const state = createState();
  const deliveries = createDeliveries(options.webhook, () => state.clock());
  const conversation = createConversation(state, deliveries);
  const pulls = createPulls(state, deliveries, conversation);
  const world: World = { state, deliveries, conversation, pulls, folder };
  const faults = createFaults();
  const requests: ApiRequest[] = [];
  const auth = createAppAuth('424242');
  const api = createApi({ state, conversation, faults, requests, bot: BOT, token: TOKEN, auth, deliveries });
  const server = await listen(api.fetch, options.port ?? 0, state);
  return {
    url: state.url,
    token: TOKEN,
    bot: BOT,
    app: () => ({ id: auth.id, privateKey: auth.privateKey() }),
    setInstallation: (change) => changeInstallation(world, auth, change),
    ...repositoryActions(world),
    ...pullActions(world),
    ...conversationActions(world),
    deliveries: deliveries.log,
    setWebhook: deliveries.setWebhook,
    redeliver: deliveries.redeliver,
    loseAnswers: deliveries.loseAnswers,
    setClock: (clock) => {
      state.clock = clock;
    },
    requests,
    failNext: faults.add,
    clearFaults: faults.clear,
    settled: deliveries.settled,
    stop: async () => {
      await deliveries.settled();
      await server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Whoever installs an App anew gets another installation; tokens of one that is not there any more end at once. */
async function changeInstallation(
  { state, deliveries }: World,
  { installation, revoke }: AppAuth,
  { state: next = installation.state, permissions = installation.permissions }: Partial<Installation>,
): Promise<void> {
  const before = installation.state;
  if (before === 'removed' && next !== 'removed') installation.id += 1;
  Object.assign(installation, { state: next, permissions });
  if (next === before) return;
  revoke();
  const actions = {
    removed: 'deleted',
    suspended: 'suspend',
    installed: before === 'removed' ? 'created' : 'unsuspend',
  };
  const [owner = ''] = [...state.repos.values()].map((repo) => repo.owner);
  const account = toUser(state, owner);
  const repositories = [...state.repos.values()].map((repo) => ({
    ...{ id: repo.id, node_id: `R_${repo.id}`, name: repo.name, full_name: repo.fullName, private: repo.private },
  }));
  const about = { id: installation.id, account, app_id: 424_242, permissions, repository_selection: 'all', events: [] };
  const sender = toUser(state, owner);
  await deliveries.send('installation', { action: actions[next], installation: about, repositories, sender });
}

async function listen(
  fetch: ReturnType<typeof createApi>['fetch'],
  port: number,
  state: State,
): Promise<{ close(): Promise<void> }> {
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const starting = serve({ fetch, port, hostname: '127.0.0.1' }, (info: AddressInfo) => {
      state.url = `http://127.0.0.1:${info.port}`;
      resolve(starting);
    });
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
