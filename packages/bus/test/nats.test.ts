import { busContract } from '@continuum/testing/bus-contract';
import { findNatsServer, type NatsServer, startNats } from '@continuum/testing/servers/nats';
import { afterAll, beforeAll, describe } from 'vitest';
import { natsPlace } from './nats-place.ts';

describe.skipIf(findNatsServer() === undefined)('one server', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.stop());

  busContract('NATS JetStream', async () => natsPlace([server.url], { prefix: 'contract' }));
});
