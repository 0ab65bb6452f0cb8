import { setTimeout as wait } from 'node:timers/promises';
import { toContinuumError } from '@continuum/contract/errors';
import type { DeliverySource, MissedDelivery } from '@continuum/contract/ports/delivery-source';
import { readReconciled, writeReconciled } from '@continuum/host/reconciled';
import type { Core } from '@continuum/host/runtime';
import type { Intake } from '../intake.ts';

/** Senders keep their deliveries for three days. */
const KEPT_MS = 72 * 3_600_000;
/** Looked at twice, at the seam of two runs: a delivery may show up late in a sender's list. */
const OVERLAP_MS = 10 * 60_000;
/** How often a run writes down how far it got, in deliveries. */
const NOTE_EVERY = 25;

export interface Reconciled {
  readonly since: Date;
  readonly until: Date;
  readonly counts: { readonly missed: number; readonly accepted: number };
}

/**
 * Takes in what a source could not deliver, oldest first: from `since`, or where the last run ended. Cut short anywhere it
 * goes on from there: what was taken in twice was new once. Throws what the source throws, and the reason of the signal.
 */
export async function catchUp(
  { store, now, log }: Pick<Core, 'store' | 'now' | 'log'>,
  intake: Pick<Intake, 'takeIn'>,
  source: DeliverySource,
  since: Date | undefined,
  signal: AbortSignal,
): Promise<Reconciled> {
  signal.throwIfAborted();
  const until = now();
  const reached = await readReconciled(store.values, source.source);
  const from = since ?? startOf(reached === undefined ? undefined : new Date(reached.getTime() - OVERLAP_MS), until);
  // A run that begins later than the last one ended leaves a gap, which is nobody's to forget.
  const isSeamless = reached === undefined ? since === undefined : from <= reached;
  const note = async (at: Date): Promise<void> => {
    if (isSeamless && (reached === undefined || at > reached)) await writeReconciled(store.values, source.source, at);
  };
  const counts = { missed: 0, accepted: 0 };
  for await (const delivery of source.missed(from, until, signal)) {
    signal.throwIfAborted();
    counts.missed += 1;
    if (await takeInPatiently(intake, source.source, delivery, signal)) counts.accepted += 1;
    if (counts.missed % NOTE_EVERY === 0) await note(new Date(delivery.at));
  }
  await note(until);
  log.debug({ source: source.source, from, until, ...counts }, 'asked what could not be delivered');
  return { since: from, until, counts };
}

/** As far back as was asked for, but no further than any sender remembers. */
export function startOf(wanted: Date | undefined, now: Date): Date {
  return new Date(Math.max(wanted?.getTime() ?? 0, now.getTime() - KEPT_MS));
}

/** Live deliveries go first: while intake is full this one waits. */
async function takeInPatiently(
  intake: Pick<Intake, 'takeIn'>,
  source: string,
  delivery: MissedDelivery,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    try {
      return await intake.takeIn(source, delivery);
    } catch (thrown) {
      const error = toContinuumError(thrown);
      if (error.code !== 'OVERLOADED') throw error;
      await wait(error.retryAfterMs ?? 1_000, undefined, { signal });
    }
  }
}
