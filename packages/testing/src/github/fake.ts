import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { conversationActions, pullActions, repositoryActions, type World } from './actions.ts';
import { type ApiRequest, createApi } from './api.ts';
import { createAppAuth } from './api-app.ts';
import { createConversation } from './conversation.ts';
import { createDeliveries } from './deliveries.ts';
import type { FakeGithub, FakeGithubOptions } from './fake-github.ts';
import { createFaults } from './faults.ts';
import { createPulls } from './pulls.ts';
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
