import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createFaults } from '../faults.ts';
import { messageActions, personActions, tell } from './actions.ts';
import { type ApiRequest, createApi } from './api.ts';
import { createDeliveries } from './deliveries.ts';
import type { FakeSlack, FakeSlackOptions } from './fake-slack.ts';
import { toMessageEvent } from './shapes.ts';
import { createSocketHub } from './socket.ts';
import { channelOf, createState, type State, userOf } from './state.ts';

export type { FakeSlack, FakeSlackOptions } from './fake-slack.ts';

const BOT_TOKEN = 'xoxb-fake-000000000000-000000000000';
const APP_TOKEN = 'xapp-1-A0FAKE00-000000000000';
const SECRET = 'a signing secret of a fake';

/** Starts it on loopback with nobody in it but our bot. Stop it with `stop()`. */
export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const state = createState();
  const hub = createSocketHub(() => state.url);
  const deliveries = createDeliveries(hub, () => state.clock());
  const world = { state, deliveries };
  const faults = createFaults();
  const requests: ApiRequest[] = [];
  const told = (...posted: Parameters<Parameters<typeof createApi>[0]['told']>): void => {
    void tell(world, toMessageEvent(state, ...posted));
  };
  const api = createApi({ state, faults, requests, botToken: BOT_TOKEN, appToken: APP_TOKEN, hub, told });
  const server = await listen(api.fetch, options.port ?? 0, state);
  hub.attach(server);
  return {
    url: `${state.url}/api/`,
    botToken: BOT_TOKEN,
    appToken: APP_TOKEN,
    signingSecret: SECRET,
    bot: state.bot.user,
    setWebhook: (url) => deliveries.setWebhook(url === undefined ? undefined : { url, secret: SECRET }),
    ...workspace(state),
    ...messageActions(world),
    ...personActions(world),
    deliveries: deliveries.log,
    redeliver: deliveries.again,
    loseAnswers: deliveries.loseAnswers,
    requests,
    failNext: faults.add,
    clearFaults: faults.clear,
    sockets: hub.count,
    disconnectSockets: hub.disconnect,
    settled: deliveries.settled,
    stop: async () => {
      await deliveries.settled();
      hub.close();
      await close(server);
    },
  };
}

type Workspace = Pick<
  FakeSlack,
  'createChannel' | 'archive' | 'addUser' | 'renameUser' | 'removeUser' | 'messages' | 'homeOf' | 'viewOf' | 'setClock'
>;

function workspace(state: State): Workspace {
  return {
    createChannel(name, { member = true } = {}) {
      const id = state.nextId('C');
      state.channels.set(id, { id, name, member, archived: false, messages: [] });
      return id;
    },
    archive: (channel) => {
      channelOf(state, channel).archived = true;
    },
    addUser(name, email) {
      const id = state.nextId('U');
      state.users.set(id, { id, name, email, deleted: false });
      return id;
    },
    renameUser: (user, name) => {
      userOf(state, user).name = name;
    },
    removeUser: (user) => {
      state.users.delete(user);
    },
    messages: (channel) => channelOf(state, channel).messages,
    homeOf: (user) => state.homes.get(user),
    viewOf: (user) => state.open.find((each) => each.user === user)?.view,
    setClock: (clock) => {
      state.clock = clock;
    },
  };
}

async function listen(fetch: ReturnType<typeof createApi>['fetch'], port: number, state: State): Promise<Server> {
  return new Promise((resolve) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, (info: AddressInfo) => {
      state.url = `http://127.0.0.1:${info.port}`;
      // Without TLS and HTTP/2 it is node's plain server.
      resolve(server as Server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
