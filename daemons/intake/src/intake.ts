import type { Commands } from '@continuum/contract/command';
import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import { HANDLED_GITHUB_EVENTS, WebhookPayload } from '@continuum/contract/event';
import { EventId } from '@continuum/contract/ids';
import type { JournalRecord } from '@continuum/contract/ports/journal';
import type { Daemon, Runtime } from '@continuum/host/runtime';
import type { Settings } from '@continuum/host/settings';
import { RecentIds } from './recent-ids.ts';
import { SOURCES, type VerifiedDelivery } from './sources.ts';

/** What the webhook endpoint answers. */
export interface IntakeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

/** What intake needs of the runtime, and nothing else: a simulator hands in these parts. */
export type IntakeRuntime = Pick<Runtime, 'journal' | 'bus' | 'log' | 'now' | 'metrics'> & {
  readonly settings: Pick<Settings, 'webhookSecrets'>;
  readonly commands: Pick<Commands, 'register'>;
};

export interface Intake extends Daemon {
  /** Verifies a raw delivery and answers 202 only once it is on disk; never throws. */
  accept(source: string, headers: Record<string, string | undefined>, rawBody: Buffer): Promise<IntakeAnswer>;
}

/** The store may lose its newest commits in a power cut, the journal may not: this much is offered again at each start. */
const REPLAY_MS = 15 * 60_000;

/** Accepts deliveries into the journal and hands them on to the bus in order, each once. */
export function createIntake(runtime: IntakeRuntime): Intake {
  const recent = new RecentIds(10_000);
  const pump = createPump(runtime);
  return {
    name: 'intake',
    async start() {
      await replayRecent(runtime);
      pump.poke();
    },
    async accept(source, headers, rawBody) {
      try {
        const delivery = await verify(runtime, source, headers, rawBody);
        const id = `${source}:${delivery.deliveryId}`;
        if (recent.has(id)) return { status: 202, body: { status: 'duplicate', id } };
        await runtime.journal.append(toRecord(id, source, delivery, rawBody, runtime.now()));
        recent.add(id);
        pump.poke();
        return { status: 202, body: { status: 'accepted', id } };
      } catch (thrown) {
        return toAnswer(runtime, source, toContinuumError(thrown));
      }
    },
    stop: () => pump.stop(),
  };
}

async function verify(
  runtime: IntakeRuntime,
  name: string,
  headers: Record<string, string | undefined>,
  rawBody: Buffer,
): Promise<VerifiedDelivery> {
  if (!SOURCES.has(name)) {
    throw new ContinuumError('UNKNOWN_SOURCE', `there is no webhook source ${JSON.stringify(name)}`, {
      next: `Known sources: ${[...SOURCES.keys()].join(', ')}.`,
    });
  }
  const verifySource = SOURCES.get(name);
  if (verifySource === undefined) {
    throw new ContinuumError('SOURCE_NOT_CONFIGURED', `${name} deliveries are not handled by this version`, {
      next: 'Remove the webhook at the sender until then.',
    });
  }
  const secret = runtime.settings.webhookSecrets[name];
  if (secret === undefined) {
    throw new ContinuumError('SOURCE_NOT_CONFIGURED', `${name} is not connected: its webhook secret is not set`, {
      next: `Set ${name.toUpperCase()}_WEBHOOK_SECRET to the secret entered at the sender and start again.`,
    });
  }
  return verifySource({ headers, rawBody, secret });
}

function toRecord(id: string, source: string, delivery: VerifiedDelivery, body: Buffer, now: Date): JournalRecord {
  return { id, source, event: delivery.event, at: now.toISOString(), body: body.toString('utf8') };
}

function toAnswer(runtime: IntakeRuntime, source: string, error: ContinuumError): IntakeAnswer {
  runtime.log.warn({ source, code: error.code }, `delivery refused: ${error.message}`);
  const retryAfter = error.code === 'OVERLOADED' || error.code === 'SOURCE_NOT_CONFIGURED';
  const seconds = Math.ceil((error.retryAfterMs ?? 5_000) / 1_000);
  return {
    status: error.status,
    body: error.toJSON(),
    ...(retryAfter ? { headers: { 'retry-after': String(seconds) } } : {}),
  };
}

interface Pump {
  poke(): void;
  stop(): Promise<void>;
}

/** Hands journal records to the bus one after the other; a failure waits and tries again, nothing is skipped. */
function createPump(runtime: IntakeRuntime): Pump {
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;

  const drain = async (): Promise<void> => {
    while (again && !stopped) {
      again = false;
      for await (const { record, position } of runtime.journal.pending()) {
        if (stopped) return;
        await handOn(runtime, record);
        await runtime.journal.checkpoint(position);
      }
    }
  };
  const poke = (): void => {
    again = true;
    if (stopped) return;
    running ??= drain()
      .catch((error: unknown) => {
        runtime.log.error({ err: error }, 'journal could not be handed on; trying again in a second');
        retry = setTimeout(poke, 1_000);
      })
      .finally(() => {
        running = undefined;
        // A poke that came while the last read was ending would otherwise wait for the next delivery.
        if (again && retry === undefined) poke();
        retry = undefined;
      });
  };
  return {
    poke,
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await running;
    },
  };
}

async function replayRecent(runtime: IntakeRuntime): Promise<void> {
  const since = new Date(runtime.now().getTime() - REPLAY_MS).toISOString();
  for await (const { record } of runtime.journal.all()) if (record.at >= since) await handOn(runtime, record);
}

async function handOn(runtime: IntakeRuntime, record: JournalRecord): Promise<void> {
  const event = HANDLED_GITHUB_EVENTS.find((name) => record.source === 'github' && name === record.event);
  if (event === undefined) return;
  const payload = WebhookPayload.shape.payload.safeParse(JSON.parse(record.body));
  if (!payload.success) {
    // Trying again cannot help, and one bad record must not hold up the others; the journal keeps it.
    runtime.log.error({ id: record.id }, 'delivery is no JSON object; kept in the journal, not handed on');
    return;
  }
  const action = typeof payload.data.action === 'string' ? { action: payload.data.action } : {};
  const deliveryId = record.id.slice(record.source.length + 1);
  const delivery = { deliveryId, event: record.event, ...action, payload: payload.data };
  await runtime.bus.emit(`webhook:github:${event}`, delivery, { id: EventId.parse(record.id) });
}
