import { setTimeout as sleep } from 'node:timers/promises';
import { ContinuumError } from '@continuum/contract/errors';
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import type { BusLog } from '../log.ts';
import type { Names } from './names.ts';

const DAY_MS = 86_400_000;
/** Time in which the same event id is stored once. */
const DUPLICATE_WINDOW_MS = 3 * DAY_MS;
/** A cluster that forms refuses replicas for about ten seconds. */
const CREATE_WITHIN_MS = 60_000;
const PAUSE_MS = 500;
/** An update that cannot be had while the stream exists: of its storage or retention, or by an older server. */
const REFUSED_STATUS: ReadonlySet<number> = new Set([400]);

export interface StreamSettings {
  readonly names: Names;
  readonly replicas: number;
  readonly keepDays: number;
  readonly log: BusLog;
}

type Wanted = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] };

/**
 * Makes the streams, or brings those that exist to these settings; waits while a cluster forms. A full stream refuses what is
 * new rather than drop what is old. Throws BUS_UNAVAILABLE (retryable).
 */
export async function ensureStreams(manager: JetStreamManager, settings: StreamSettings): Promise<void> {
  const deadline = Date.now() + CREATE_WITHIN_MS;
  for (const wanted of toConfigs(settings)) await ensureStream(manager, wanted, deadline, settings.log);
}

function toConfigs({ names, replicas, keepDays }: StreamSettings): Wanted[] {
  const shared = { storage: StorageType.File, discard: DiscardPolicy.New, num_replicas: replicas };
  const keepMs = Math.round(keepDays * DAY_MS);
  const window = nanos(Math.min(DUPLICATE_WINDOW_MS, keepMs));
  return [
    {
      ...{ ...shared, name: names.events, subjects: [`${names.prefix}.>`] },
      ...{ max_age: nanos(keepMs), duplicate_window: window },
    },
    // One letter for each event and consumer: the last word on it. Letters have no age: they wait for somebody.
    { ...shared, name: names.dead, subjects: [`${names.dead}.>`], max_msgs_per_subject: 1 },
    { ...shared, name: names.replay, subjects: [`${names.replay}.>`], retention: RetentionPolicy.Workqueue },
  ];
}

async function ensureStream(manager: JetStreamManager, wanted: Wanted, deadline: number, log: BusLog): Promise<void> {
  for (;;) {
    try {
      return await createOrUpdate(manager, wanted, log);
    } catch (error) {
      if (Date.now() > deadline) throw notMade(wanted.name, error);
      await sleep(PAUSE_MS);
    }
  }
}

async function createOrUpdate(manager: JetStreamManager, wanted: Wanted, log: BusLog): Promise<void> {
  const existing = await manager.streams.info(wanted.name).catch((error: unknown) => {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  });
  if (existing === undefined) {
    await manager.streams.add(wanted);
    return;
  }
  if (Object.entries(wanted).every(([key, value]) => isSame(Reflect.get(existing.config, key), value))) return;
  await manager.streams.update(wanted.name, wanted).catch((error: unknown) => {
    if (!(error instanceof JetStreamApiError) || !REFUSED_STATUS.has(error.status)) throw error;
    log.warn({ stream: wanted.name, err: error }, 'a stream keeps its settings, the server does not change them');
  });
}

function isSame(have: unknown, want: unknown): boolean {
  return JSON.stringify(have) === JSON.stringify(want);
}

function notMade(stream: string, cause: unknown): ContinuumError {
  return new ContinuumError('BUS_UNAVAILABLE', `The stream ${stream} could not be made: ${String(cause)}`, {
    next: 'Start nats-server with JetStream (-js); three replicas need three servers of one cluster.',
    ...{ retryable: true, cause },
  });
}
