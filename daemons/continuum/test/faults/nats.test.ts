import { setTimeout as sleep } from 'node:timers/promises';
import { ContinuumClient } from '@continuum/sdk/client';
import { createDeployment, type Deployment } from '@continuum/testing/deployment';
import { type FaultProxy, startFaultProxy } from '@continuum/testing/fault-proxy';
import { findNatsServer, type NatsCluster, type NatsServer, startNatsCluster } from '@continuum/testing/servers/nats';
import { type PostgresServer, startPostgres } from '@continuum/testing/servers/postgres';
import { findProgram } from '@continuum/testing/servers/program';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exactlyOnce } from './effects.ts';
import { Team } from './team.ts';
import { allAcknowledged, githubSettings, type Observed, openTeamPlace, readiness } from './world.ts';

const isInstalled = findNatsServer() !== undefined && findProgram('initdb') !== undefined;
const canRun = process.env.CONTINUUM_TEST_ALL === '1' || isInstalled;

let cluster: NatsCluster;
let postgres: PostgresServer;
let place: Awaited<ReturnType<typeof openTeamPlace>>;
let deployment: Deployment;
/** Between one of the processes and its server. */
let proxy: FaultProxy;
let world: Observed;
let team: Team;

const urlOf = (name: string): string => deployment?.running().get(name)?.url ?? '';

/** The server that leads a stream now. */
async function leaderOf(stream: string): Promise<NatsServer> {
  for (const node of cluster.nodes) {
    const answer = await fetch(`${node.monitor}/jsz?streams=1`).catch(() => undefined);
    const text = (await answer?.text()) ?? '';
    const leader = new RegExp(`"name": "${stream}"[^]*?"leader": "(\\w+)"`).exec(text)?.[1];
    const found = cluster.nodes.find(({ name }) => name === leader);
    if (found !== undefined) return found;
  }
  throw new Error(`nobody leads ${stream}`);
}

const everybodyReady = () =>
  vi.waitFor(
    async () => {
      const names = [...deployment.running().keys()];
      const states = await Promise.all(names.map(async (name) => ({ name, ...(await readiness(urlOf(name))) })));
      expect(states.filter(({ status }) => status !== 200)).toEqual([]);
    },
    { timeout: 60_000, interval: 250 },
  );

describe.skipIf(!canRun)('NATS goes away under load, and no process ends', () => {
  beforeAll(async () => {
    [cluster, postgres, place] = await Promise.all([
      startNatsCluster(),
      startPostgres(),
      openTeamPlace(() => urlOf('intake-1')),
    ]);
    proxy = await startFaultProxy(Number(new URL(cluster.urls[0] ?? '').port));
    deployment = await createDeployment({
      ...githubSettings(place.github),
      DATABASE_URL: await postgres.createDatabase('continuum'),
      NATS_URL: cluster.urls.join(','),
      NATS_REPLICAS: '3',
    });
    world = { ...place, client: () => new ContinuumClient({ url: urlOf('gateway-1') }) };
    team = new Team(world);
    // Taken in before anybody who handles it has ever run.
    await deployment.launch('intake', 'intake-1');
    await team.openOne();
    await allAcknowledged(world);
    await Promise.all([
      deployment.launch('persona', 'persona-1'),
      deployment.launch('persona', 'persona-2', { NATS_URL: `nats://127.0.0.1:${proxy.port}` }),
      deployment.launch('training', 'training-1'),
      deployment.launch('gateway', 'gateway-1'),
    ]);
    await everybodyReady();
    team.start({ pauseMs: 400, most: 20 });
    await sleep(1_500);
  }, 180_000);

  afterAll(async () => {
    await deployment?.stop();
    await place?.close();
    await Promise.all([cluster?.stop(), postgres?.stop(), proxy?.stop()]);
  }, 60_000);

  test('the leader of the events is killed with -9: another one leads', async () => {
    const leader = await leaderOf('continuum-events');
    await leader.kill();
    await sleep(1_000);
    await everybodyReady().finally(() => leader.restart());
  }, 90_000);

  test('the connection of one process becomes half-open: it finds another way', async () => {
    for (const connection of proxy.connections) connection.freeze();
    await sleep(1_000);
    proxy.cut();
    await everybodyReady();
  }, 90_000);

  test('all servers are killed with -9 at once: nobody is ready without them, everybody is when they are back', async () => {
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await vi.waitFor(async () => expect((await readiness(urlOf('persona-1'))).status).toBe(503), { timeout: 20_000 });
    // The journal is what a 202 stands on, not the bus.
    const acknowledged = place.sender.acknowledged.size;
    await team.openOne();
    await vi.waitFor(() => expect(place.sender.acknowledged.size).toBeGreaterThan(acknowledged), { timeout: 10_000 });
    await Promise.all(cluster.nodes.map((node) => node.restart()));
    await everybodyReady();
  }, 120_000);

  test('afterwards everything acknowledged has its effect exactly once, in the same processes', async ({
    onTestFailed,
  }) => {
    onTestFailed(() => {
      for (const [name, log] of deployment.logs()) console.error(name, log.slice(-3_000));
    });
    await team.stop();
    expect([...deployment.running().keys()]).toHaveLength(5);
    await exactlyOnce(world, team, 60_000);
  }, 150_000);
});
