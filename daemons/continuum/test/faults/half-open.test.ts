import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type FaultProxy, startFaultProxy } from '@continuum/testing/fault-proxy';
import { deliveryHeaders } from '@continuum/testing/github/deliveries';
import type { Direction } from '@continuum/testing/proxied-connection';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exactlyOnce } from './effects.ts';
import { type Delivery, post } from './sender.ts';
import { Team } from './team.ts';
import { openWorld, REPO, readiness, SECRET, type World } from './world.ts';

/** Between the system and GitHub. */
let toGithub: FaultProxy;
/** Between senders and the system. */
let toSystem: FaultProxy;
let world: World;
let team: Team;
const sockets: Socket[] = [];

beforeAll(async () => {
  world = await openWorld({
    // Deliveries that will never be complete are waited for as long as this.
    environment: { DRAIN_SECONDS: '3' },
    apiUrl: async (github) => {
      toGithub = await startFaultProxy(Number(new URL(github.url).port));
      return `http://127.0.0.1:${toGithub.port}`;
    },
  });
  await world.launch();
  toSystem = await startFaultProxy(Number(new URL(world.system().url).port));
  team = new Team(world);
}, 120_000);

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await world?.close();
  await toGithub?.stop();
  await toSystem?.stop();
});

/** Freezes the first connection that carries such a request: with it, so that it never arrives, or with its answer. */
function freezeOn(request: RegExp, what: Direction): { happened(): boolean } {
  let frozen = 0;
  const stop = toGithub.follow((connection, direction, piece) => {
    if (frozen === 0 && direction === 'toServer' && request.test(piece.toString('latin1'))) frozen = connection.number;
    if (frozen !== connection.number || direction !== what) return;
    connection.freeze();
    stop();
  });
  return { happened: () => frozen !== 0 };
}

describe('connections to GitHub that are half-open', () => {
  test('a request that never arrives and an answer that never comes: each effect stands once', async () => {
    const first = team.expected.length + 1;
    const frozen = [
      freezeOn(new RegExp(`^POST /repos/acme/shop/pulls/${first}/reviews `), 'toServer'),
      freezeOn(new RegExp(`^POST /repos/acme/shop/pulls/${first + 1}/reviews `), 'toClient'),
      freezeOn(new RegExp(`^POST /repos/acme/shop/issues/${first + 2}/comments `), 'toClient'),
      freezeOn(new RegExp(`^GET /repos/acme/shop/pulls/${first + 3}`), 'toClient'),
    ];
    for (let count = 0; count < frozen.length; count++) await team.openOne();
    await exactlyOnce(world, team);
    expect(frozen.map((each) => each.happened())).toEqual([true, true, true, true]);
  }, 90_000);

  test('what people answer before we know that our review stands is about its finding all the same', async () => {
    const number = team.expected.length + 1;
    const frozen = freezeOn(new RegExp(`^POST /repos/acme/shop/pulls/${number}/reviews `), 'toClient');
    const pull = await team.openOne();
    await vi.waitFor(() => expect(world.github.reviewComments(REPO, number)).toHaveLength(1), { timeout: 20_000 });
    await team.judge(pull);
    expect(frozen.happened()).toBe(true);
    await exactlyOnce(world, team);
  }, 90_000);

  test('an answer to a question whose acknowledgement is lost is not given twice', async () => {
    const [pull] = team.expected;
    if (pull === undefined) throw new Error('there is no pull request');
    const frozen = freezeOn(/^POST \/repos\/acme\/shop\/pulls\/\d+\/comments/, 'toClient');
    await team.ask(pull);
    await vi.waitFor(() => expect(frozen.happened()).toBe(true), { timeout: 20_000 });
    await exactlyOnce(world, team);
  }, 90_000);
});

describe('connections of senders that die', () => {
  const delivery = (deliveryId: string): Delivery => ({
    ...{ deliveryId, event: 'issue_comment' },
    body: JSON.stringify({ action: 'created', padding: 'x'.repeat(100_000) }),
  });
  const through = (): string => `http://127.0.0.1:${toSystem.port}`;

  test('in the middle of a body: nothing is taken in, and the same id is taken in later', async () => {
    toSystem.cutAfter(20_000, 'toServer');
    expect((await post(through(), delivery('cut-in-body'), SECRET)).status).toBe(0);
    const again = await post(through(), delivery('cut-in-body'), SECRET);
    expect([again.status, JSON.parse(again.body)]).toMatchObject([202, { status: 'accepted' }]);
  });

  test('after the request was sent: it is taken in, and the same id again is a duplicate', async () => {
    toSystem.cutAfter(0, 'toClient');
    expect((await post(through(), delivery('cut-after-body'), SECRET)).status).toBe(0);
    const again = await post(through(), delivery('cut-after-body'), SECRET);
    expect([again.status, JSON.parse(again.body)]).toMatchObject([202, { status: 'duplicate' }]);
  });

  test('two hundred that stop in the middle of a body hold up nobody', async () => {
    const { body, ...rest } = delivery('never-complete');
    const headers = { ...deliveryHeaders({ ...rest, body }, SECRET), host: 'x', 'content-length': body.length };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const text = `POST /webhooks/github HTTP/1.1\r\n${head.join('')}\r\n${body.slice(0, 50_000)}`;
    for (let count = 0; count < 200; count++) {
      const socket = connect(Number(new URL(world.system().url).port), '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      await once(socket, 'connect');
      socket.write(text);
    }
    const answer = await post(world.system().url, delivery('among-the-dead'), SECRET);
    expect(answer.status).toBe(202);
    expect((await readiness(world.system().url)).status).toBe(200);
  });

  test('a stop waits for them no longer than it is told to', async () => {
    expect(await world.system().stop()).toBe(0);
  });
});
