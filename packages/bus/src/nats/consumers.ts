import { AckPolicy, type ConsumerInfo, DeliverPolicy, type JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { z } from 'zod';
import type { NatsLink } from './connection.ts';
import { filterSubject, fromToken, type Names, replaySubject, toToken } from './names.ts';

const NAMES_MS = 3000;

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
  readonly newConsumersFrom: 'start' | 'now';
}

/**
 * Makes or updates both: a new one begins where the settings say, one that exists goes on where it was. The server neither counts
 * deliveries out nor limits how many are open, so that failing events never hold up others; both are ours to decide.
 */
export async function ensureConsumers(settings: ConsumerSettings): Promise<[ServerConsumer, ServerConsumer]> {
  const { manager, names, name, pattern, redeliverAfterMs, newConsumersFrom } = settings;
  const [events, replay] = serverConsumers(names, name);
  const shared = {
    ...{ durable_name: events.consumer, ack_policy: AckPolicy.Explicit, ack_wait: nanos(redeliverAfterMs) },
    ...{ max_deliver: -1, max_ack_pending: -1 },
  };
  await Promise.all([
    manager.consumers.add(events.stream, {
      ...{ ...shared, filter_subject: filterSubject(names, pattern) },
      deliver_policy: newConsumersFrom === 'start' ? DeliverPolicy.All : DeliverPolicy.New,
    }),
    manager.consumers.add(replay.stream, {
      ...{ ...shared, deliver_policy: DeliverPolicy.All, filter_subject: replaySubject(names, name) },
    }),
  ]);
  return [events, replay];
}

/**
 * How many events went by their age before this consumer had them, at most: those after its last delivery that the stream no
 * longer has, be they for it or not. One that was away for longer than the stream keeps events must not take that for silence.
 */
export async function missedOf(manager: JetStreamManager, { stream, consumer }: ServerConsumer): Promise<number> {
  const [{ state }, { delivered }] = await Promise.all([
    manager.streams.info(stream),
    manager.consumers.info(stream, consumer),
  ]);
  return Math.max(0, state.first_seq - 1 - delivered.stream_seq);
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

const NameList = z.object({ total: z.number(), consumers: z.array(z.string()).nullish() });

/**
 * Durable names that the server knows. Asked of the stream of replays, which has consumers of no other kind, and for names
 * alone: a list with the state of every consumer waits four seconds for a single one whose server is away, such as that of
 * another process's live events (`jsClusteredConsumersListRequest` of nats-server).
 */
async function durableNames(link: NatsLink, names: Names): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const asked = JSON.stringify({ offset: found.length });
    const answer = await link.connection.request(`$JS.API.CONSUMER.NAMES.${names.replay}`, asked, {
      timeout: NAMES_MS,
    });
    const { total, consumers } = NameList.parse(answer.json());
    found.push(...(consumers ?? []));
    if (found.length >= total || (consumers ?? []).length === 0) return found.map(fromToken);
  }
}

/** Open deliveries of every durable consumer, of all processes. */
export async function backlogOf(
  link: NatsLink,
  manager: JetStreamManager,
  names: Names,
): Promise<Record<string, number>> {
  const durable = await durableNames(link, names);
  const open = durable.map(async (name) => [name, await openOf(manager, names, name, 0)] as const);
  return Object.fromEntries(await Promise.all(open));
}
