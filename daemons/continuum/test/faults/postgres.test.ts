import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultProxy, startFaultProxy } from '@continuum/testing/fault-proxy';
import { type PostgresServer, startPostgres } from '@continuum/testing/servers/postgres';
import { findProgram } from '@continuum/testing/servers/program';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exactlyOnce, OUTLASTS_A_LEASE } from './effects.ts';
import { Team } from './team.ts';
import { openWorld, readiness, type World } from './world.ts';

const canRun = process.env.CONTINUUM_TEST_ALL === '1' || findProgram('initdb') !== undefined;

let postgres: PostgresServer;
let proxy: FaultProxy;
let world: World;
let team: Team;
let pid: number;

const becomes = (status: number) =>
  vi.waitFor(async () => expect((await readiness(world.system().url)).status).toBe(status), {
    timeout: 60_000,
    interval: 100,
  });

describe.skipIf(!canRun)('PostgreSQL goes away under load, and the system stays', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
    await postgres.createDatabase('continuum');
    proxy = await startFaultProxy(postgres.port);
    const url = `postgres://postgres@127.0.0.1:${proxy.port}/continuum`;
    world = await openWorld({ environment: { DATABASE_URL: url } });
    await world.launch();
    pid = world.system().pid;
    team = new Team(world);
    team.start({ pauseMs: 300, most: 24 });
    await sleep(1_000);
  }, 240_000);

  afterAll(async () => {
    await world?.close();
    await proxy?.stop();
    await postgres?.stop();
  });

  test.each(['fast', 'immediate'] as const)('restarted in mode %s', async (mode) => {
    await postgres.shutdown(mode);
    await becomes(503);
    await postgres.start();
    await becomes(200);
  });

  test('killed with -9: not ready while it is away, ready when it has recovered', async () => {
    await sleep(500);
    await postgres.kill();
    await becomes(503);
    await postgres.start();
    await becomes(200);
  });

  test('all connections are reset at once', async () => {
    await sleep(500);
    proxy.cut();
    await becomes(200);
  });

  test('connections are half-open: what waits for an answer gives up, and new connections work', async () => {
    await sleep(500);
    for (const connection of proxy.connections) connection.freeze();
    await becomes(200);
    await sleep(500);
    proxy.pause();
    await becomes(503);
    await proxy.heal();
    await becomes(200);
  }, 150_000);

  test(
    'afterwards everything acknowledged has its effect exactly once, in the same process',
    async () => {
      await team.stop();
      await exactlyOnce(world, team, OUTLASTS_A_LEASE);
      expect(world.system().running()).toBe(true);
      expect(world.system().pid).toBe(pid);
      expect(world.sender.refusedWithoutRetryAfter).toBe(0);
    },
    OUTLASTS_A_LEASE + 120_000,
  );
});
