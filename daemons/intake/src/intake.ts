import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import { type DeliveryHeaders, SourceName, type VerifiedDelivery } from '@continuum/contract/source';
import type { Daemon } from '@continuum/host/runtime';
import { Acceptance } from './acceptance.ts';
import { Admission, NO_ROOM } from './admission.ts';
import { createHandOn } from './hand-on.ts';
import { inTime } from './in-time.ts';
import { intakeMetrics } from './metrics.ts';
import { Pump } from './pump.ts';
import { type IntakeAnswer, Refusals } from './refusals.ts';
import { replayDelivery } from './replay.ts';
import type { IntakeRuntime } from './runtime.ts';
import { VERIFIERS } from './sources.ts';

export type { IntakeAnswer };

/** A delivery whose origin was made sure of in another way than by a signature. */
export interface TrustedDelivery {
  readonly deliveryId: string;
  readonly event: string;
  /** JSON text, or its bytes in UTF-8. */
  readonly body: string | Uint8Array;
}

/** A place among the deliveries being taken in. */
export interface Admitted {
  /** To be called once, when the delivery is answered. */
  readonly release: () => void;
}

export interface Intake extends Daemon {
  /**
   * Verifies a raw delivery and answers 202 only once it is on disk; never throws. After an answer of 500 or more the body may
   * still be on its way to the disk, after any other it is no longer read.
   */
  accept(source: string, headers: DeliveryHeaders, rawBody: Buffer): Promise<IntakeAnswer>;
  /**
   * Appends a delivery and hands it on: true when it was new, false when it was here before, as far as journal and store
   * remember. Throws OVERLOADED.
   */
  takeIn(source: string, delivery: TrustedDelivery): Promise<boolean>;
  /** Resolves when the delivery is durable, without waiting for it to be handed on: false when it was here before. Throws OVERLOADED. */
  keep(source: string, delivery: TrustedDelivery): Promise<boolean>;
  /** Bytes in the journal that were not handed on since this start. */
  pendingBytes(): number;
  /** Asked before a body is read, with its announced bytes: the place a delivery gets, or the answer that refuses it. */
  admit(bytes: number): Admitted | IntakeAnswer;
}

/**
 * A store in this process, and a NATS server, sync their newest writes late or never, and a power cut takes them; the journal
 * has them still. PostgreSQL syncs each commit.
 */
const SETTLE_MS = 5 * 60_000;

/** Accepts deliveries into the journal and hands them on to the bus in order, each once. */
export function createIntake(runtime: IntakeRuntime): Intake {
  const acceptance = new Acceptance(runtime.journal);
  const admission = new Admission();
  const metrics = intakeMetrics(runtime.metrics, {
    queuedBytes: () => acceptance.queuedBytes,
    pendingBytes: () => pump.pendingBytes(),
  });
  const handOn = createHandOn(runtime, () => metrics.undeliverable.inc());
  const pump = new Pump({
    ...{ runtime, handOn },
    settleMs: syncsEachCommit(runtime.settings) ? 0 : SETTLE_MS,
    onRead: (id) => acceptance.remember(id),
    onHandedOn: () => metrics.handedOn.inc(),
    isBusy: () => acceptance.isBusy || admission.isUnderLoad,
  });
  const refusals = new Refusals(runtime, metrics);

  const take = async (source: string, delivery: TrustedDelivery): Promise<{ id: string; isNew: boolean }> => {
    const id = `${source}:${delivery.deliveryId}`;
    const { event, body } = delivery;
    const began = performance.now();
    const isNew = await acceptance.take({ id, source, event, at: runtime.now().toISOString(), body });
    metrics.accepted.inc({ result: isNew ? 'accepted' : 'duplicate' });
    if (!isNew) return { id, isNew };
    metrics.append.observe((performance.now() - began) / 1_000);
    pump.poke();
    return { id, isNew };
  };

  const answer = async (source: string, headers: DeliveryHeaders, rawBody: Buffer): Promise<IntakeAnswer> => {
    try {
      // Its payload is let go of here: while it waits for the disk a delivery is its bytes and no more.
      const { deliveryId, event, body = rawBody, reply, isHandshake } = await verify(runtime, source, headers, rawBody);
      if (isHandshake === true && reply !== undefined) return reply;
      const { id, isNew } = await inTime(take(source, { deliveryId, event, body }));
      return reply ?? { status: 202, body: { status: isNew ? 'accepted' : 'duplicate', id } };
    } catch (thrown) {
      return refusals.answer(source, toContinuumError(thrown));
    }
  };

  return {
    name: 'intake',
    async start() {
      runtime.commands.register('deliveries/replay', replayDelivery(runtime, handOn));
      pump.poke();
    },
    accept: (source, headers, rawBody) => admission.work(() => answer(source, headers, rawBody)),
    async takeIn(source, delivery) {
      const { id, isNew } = await take(source, delivery);
      if (!isNew) return false;
      const body = typeof delivery.body === 'string' ? delivery.body : Buffer.from(delivery.body).toString();
      const record = { id, source, event: delivery.event, at: runtime.now().toISOString(), body };
      // Durable already: when the bus cannot take it now, the pump goes on trying.
      return (await handOn(record).catch(() => undefined)) ?? true;
    },
    keep: async (source, delivery) => (await take(source, delivery)).isNew,
    admit(bytes) {
      const release = refusals.current() === undefined ? admission.enter(bytes) : undefined;
      return release === undefined ? refusals.unread(refusals.current() ?? NO_ROOM) : { release };
    },
    pendingBytes: () => pump.pendingBytes(),
    stop: () => pump.stop(),
  };
}

/** Is an event durable, power cut or not, when the bus has taken it? */
function syncsEachCommit({ databaseUrl, nats }: IntakeRuntime['settings']): boolean {
  return databaseUrl !== undefined && nats === undefined;
}

async function verify(
  runtime: IntakeRuntime,
  name: string,
  headers: DeliveryHeaders,
  rawBody: Buffer,
): Promise<VerifiedDelivery> {
  const source = SourceName.safeParse(name).data;
  if (source === undefined) {
    throw new ContinuumError('UNKNOWN_SOURCE', `there is no webhook source ${JSON.stringify(name)}`, {
      next: `Known sources: ${SourceName.options.join(', ')}.`,
    });
  }
  const verifySource = VERIFIERS[source];
  if (verifySource === undefined) {
    throw new ContinuumError('SOURCE_NOT_CONFIGURED', `${name} deliveries are not handled by this version`, {
      next: 'Remove the webhook at the sender until then.',
    });
  }
  const secret = runtime.settings.webhookSecrets[source];
  if (secret === undefined) {
    throw new ContinuumError('SOURCE_NOT_CONFIGURED', `${name} is not connected: its webhook secret is not set`, {
      next: `Set ${secretVariable(name)} to the secret entered at the sender and start again.`,
    });
  }
  return verifySource({ headers, rawBody, secret, now: runtime.now() });
}

function secretVariable(source: string): string {
  return source === 'slack' ? 'SLACK_SIGNING_SECRET' : `${source.toUpperCase()}_WEBHOOK_SECRET`;
}
