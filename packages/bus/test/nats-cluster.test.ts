import { FeedbackId } from '@continuum/contract/ids';
import type { Bus } from '@continuum/contract/ports/bus';
import { busContract } from '@continuum/testing/bus-contract';
import { findNatsServer, type NatsCluster, startNatsCluster } from '@continuum/testing/servers/nats';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectNats } from '../src/nats/connection.ts';
import { natsPlace } from './nats-place.ts';

describe.skipIf(findNatsServer() === undefined)('three servers', () => {
  let cluster: NatsCluster;
  beforeAll(async () => {
    cluster = await startNatsCluster();
  });
  afterAll(() => cluster.stop());

  busContract('NATS JetStream with three replicas', async () => natsPlace(cluster.urls, { replicas: 3 }));

  async function leaderOf(stream: string) {
    const link = await connectNats({ servers: cluster.urls });
    const manager = await jetstreamManager(link.connection, { checkAPI: false });
    const { cluster: state } = await manager.streams.info(stream);
    await link.close();
    const leader = cluster.nodes.find(({ name }) => name === state?.leader);
    if (leader === undefined) throw new Error(`${stream} has no leader`);
    return leader;
  }

  test('the leader of the stream is killed in the middle of a burst: nothing is lost, nothing stored twice', async () => {
    const prefix = 'killed-leader';
    const place = natsPlace(cluster.urls, { replicas: 3, prefix, emitWithinMs: 30_000 });
    const [emitting, handling] = [await place.open(), await place.open()];
    const seen = new Map<string, number>();
    const handler = async ({ id }: { id: string }) => void seen.set(id, (seen.get(id) ?? 0) + 1);
    await handling.subscribe('feedback:given', handler, { durable: 'consumer', concurrency: 4 });
    const emitted = new Set<string>();
    const emit = async (bus: Bus, index: number) => {
      const { id } = await bus.emit('feedback:given', { feedbackId: FeedbackId.parse(String(index)) });
      emitted.add(id);
    };
    const leader = await leaderOf(`${prefix}-events`);
    for (let index = 0; index < 200; index += 1) await emit(emitting, index);
    const burst = Promise.all(Array.from({ length: 200 }, (_, index) => emit(emitting, 200 + index)));
    await leader.kill();
    await burst;
    for (let index = 400; index < 500; index += 1) await emit(emitting, index);
    await handling.idle();
    await leader.restart();
    await handling.idle();
    const stored = (await emitting.recent(1000)).map(({ id }) => id);
    expect(emitted.size).toBe(500);
    expect(new Set(stored)).toEqual(emitted);
    expect(stored).toHaveLength(500);
    expect(new Set(seen.keys())).toEqual(emitted);
    await Promise.all([emitting.close(), handling.close()]);
    await place.remove();
  });
});
