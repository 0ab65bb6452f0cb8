import { AckPolicy, type ConsumerInfo, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { filterSubject, fromToken, type Names, replaySubject, toToken } from './names.ts';

export interface ServerConsumer {
  readonly stream: string;
  readonly consumer: string;
}

/** The two consumers of a durable name on the server: for events, and for dead letters that are offered again. */
function serverConsumers(names: Names, name: string): [events: ServerConsumer, replay: ServerConsumer] {
  const consumer = toToken(name);
  return [
    { stream: names.events, consumer },
    { stream: names.replay, consumer },
  ];
}

export interface ConsumerSettings {
  readonly manager: JetStreamManager;
  readonly names: Names;
  readonly name: string;
  readonly pattern: string;
  readonly redeliverAfterMs: number;
}

/**
 * Makes or updates both: a new one gets the events from now on, one that exists goes on where it was. The server neither counts
 * deliveries out nor limits how many are open, so that failing events never hold up others; both are ours to decide.
 */
export async function ensureConsumers(settings: ConsumerSettings): Promise<[ServerConsumer, ServerConsumer]> {
  const { manager, names, name, pattern, redeliverAfterMs } = settings;
  const [events, replay] = serverConsumers(names, name);
  const shared = {
    ...{ durable_name: events.consumer, ack_policy: AckPolicy.Explicit, ack_wait: nanos(redeliverAfterMs) },
    ...{ max_deliver: -1, max_ack_pending: -1 },
  };
  await Promise.all([
    manager.consumers.add(events.stream, {
      ...{ ...shared, deliver_policy: DeliverPolicy.New, filter_subject: filterSubject(names, pattern) },
    }),
    manager.consumers.add(replay.stream, {
      ...{ ...shared, deliver_policy: DeliverPolicy.All, filter_subject: replaySubject(names, name) },
    }),
  ]);
  return [events, replay];
}

/** Not yet acknowledged: waiting, in flight or to be retried. */
function openDeliveries(info: ConsumerInfo): number {
  return info.num_pending + info.num_ack_pending;
}

/**
 * Open deliveries of one durable consumer. The stream confirms an event a moment before its consumers know it: `stored` is the
 * sequence of the last event for it that is known to be stored, and counts until it was delivered.
 */
export async function openOf(manager: JetStreamManager, names: Names, name: string, stored: number): Promise<number> {
  const [events, replay] = serverConsumers(names, name);
  const [info, again] = await Promise.all([
    manager.consumers.info(events.stream, events.consumer),
    manager.consumers.info(replay.stream, replay.consumer),
  ]);
  const open = openDeliveries(info) + openDeliveries(again);
  return open === 0 && info.delivered.stream_seq < stored ? 1 : open;
}

/** Open deliveries of every durable consumer, of all processes. */
export async function backlogOf(manager: JetStreamManager, names: Names): Promise<Record<string, number>> {
  const backlog: Record<string, number> = {};
  for (const stream of [names.events, names.replay]) {
    for await (const info of manager.consumers.list(stream)) {
      if (info.config.durable_name === undefined) continue;
      const name = fromToken(info.name);
      backlog[name] = (backlog[name] ?? 0) + openDeliveries(info);
    }
  }
  return backlog;
}
