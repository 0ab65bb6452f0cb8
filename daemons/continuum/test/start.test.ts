import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshHome, launchSystem } from '@continuum/testing/system';
import { createTestDatabase, type TestDatabase, testServer } from '@continuum/testing/test-database';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readiness } from '../src/readiness.ts';

describe('readiness', () => {
  const checks = { store: async () => undefined };

  test('who starts or stops is not ready, whatever works', async () => {
    expect(await readiness('starting', checks)).toEqual({ ready: false, checks: { process: 'starting', store: 'ok' } });
    expect(await readiness('up', checks)).toEqual({ ready: true, checks: { process: 'ok', store: 'ok' } });
    expect((await readiness('stopping', checks)).ready).toBe(false);
  });

  test('one thing that does not work, or does not answer, is enough', async () => {
    const broken = async () => {
      throw new Error('the disk is full');
    };
    const failing = await readiness('up', { ...checks, journal: broken });
    expect(failing).toEqual({ ready: false, checks: { process: 'ok', store: 'ok', journal: 'the disk is full' } });
    const hanging = await readiness('up', { bus: () => new Promise(() => {}) });
    expect(hanging).toMatchObject({ ready: false, checks: { bus: expect.stringContaining('bus') } });
  });
});

function suite(server: string): void {
  let database: TestDatabase;
  let place: Awaited<ReturnType<typeof freshHome>>;
  let other: Awaited<ReturnType<typeof freshHome>>;

  beforeAll(async () => {
    database = await createTestDatabase(server);
  });
  afterAll(() => database?.drop());
  beforeEach(async () => {
    [place, other] = [await freshHome(), await freshHome()];
  });
  afterEach(() => Promise.all([place.remove(), other.remove()]));

  test('a second one on the same database is refused with what to do; the first one is back at once after kill -9', async () => {
    const environment = { DATABASE_URL: database.url };
    const first = await launchSystem(place.home, environment);
    await expect(launchSystem(other.home, environment)).rejects.toThrow(
      /CONFLICT.*works on this database[\s\S]*NATS_URL/,
    );
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    await first.kill();
    const again = await launchSystem(place.home, environment);
    expect(await again.stop()).toBe(0);
    // Given back: another home may follow at once.
    const next = await launchSystem(other.home, environment);
    expect(await next.stop()).toBe(0);
  }, 120_000);

  test('a stop waits for what came in and says so meanwhile; a second signal ends it at once', async () => {
    const system = await launchSystem(place.home, { DATABASE_URL: database.url, GITHUB_WEBHOOK_SECRET: 'a-secret' });
    // A delivery whose body never comes to its end.
    const delivery = request(`${system.url}/webhooks/github`, {
      method: 'POST',
      headers: { 'content-length': '1000' },
    });
    delivery.on('error', () => undefined);
    delivery.write('{');
    await sleep(300);
    process.kill(system.pid, 'SIGTERM');
    await vi.waitFor(async () => expect((await fetch(`${system.url}/readyz`)).status).toBe(503), { timeout: 10_000 });
    expect((await fetch(`${system.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${system.url}/api/v1/rooms`)).status).toBe(503);
    expect(system.running()).toBe(true);
    expect(await system.stop()).toBe(1);
  }, 60_000);
}

describe('continuum start on PostgreSQL without NATS', () => {
  if (testServer === undefined) test.skip('set TEST_DATABASE_URL', () => undefined);
  else suite(testServer);
});
