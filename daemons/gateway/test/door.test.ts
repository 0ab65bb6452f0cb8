import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDoor } from '../src/door.ts';
import { errorOf, startBeside, startServer, type TestServer } from './server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.close());

const BODY = JSON.stringify({ zen: 'Keep it logically awesome.' });

test('while the door is shut health answers, and work is refused with when to come again', async () => {
  const door = createDoor();
  const ready = async () => ({ ready: door.isOpen, checks: {} });
  const gateway = await startBeside(server, {}, { door, ready });
  const deliver = () => fetch(`${gateway.url}/webhooks/github`, { method: 'POST', body: BODY });
  for (const isOpen of [false, true, false]) {
    if (isOpen) door.open();
    else await door.shut();
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(isOpen ? 200 : 503);
    expect((await fetch(`${gateway.url}/api/v1/rooms`)).status).toBe(isOpen ? 200 : 503);
    expect((await deliver()).status).toBe(isOpen ? 202 : 503);
  }
  const refused = await deliver();
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await errorOf(refused)).toMatchObject({ code: 'OVERLOADED' });
  await gateway.stop();
});

test('a door that shuts waits for the deliveries that came in before', async () => {
  const door = createDoor();
  const entered = Promise.withResolvers<void>();
  const stored = Promise.withResolvers<void>();
  const acceptDelivery = async () => {
    entered.resolve();
    await stored.promise;
    return { status: 202, body: {} };
  };
  const gateway = await startBeside(server, {}, { door, acceptDelivery });
  door.open();
  const delivery = fetch(`${gateway.url}/webhooks/github`, { method: 'POST', body: BODY });
  await entered.promise;
  let isShut = false;
  const shut = door.shut().then(() => {
    isShut = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isShut).toBe(false);
  stored.resolve();
  expect((await delivery).status).toBe(202);
  await shut;
  await gateway.stop();
});
