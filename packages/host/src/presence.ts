import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ContinuumError } from '@continuum/contract/errors';
import { aborted, holding } from './leader.ts';
import { type HeldLease, LEASE_MS, type LeaseParts, takeLease } from './lease.ts';

/** The lease of a process that has the database for itself, and the names of those that share it. */
const ALONE = 'alone';
const SHARING = 'process:';
/** How often a place that was lost is asked for, in ms. */
const LOOK_MS = 1_000;

/** This process among those that work on one database. */
export interface Presence {
  /** Says why this process has to end: another one took the database over while it was not heard of. */
  readonly lost: AbortSignal;
  /** Gives the place back. Idempotent. */
  leave(): Promise<void>;
}

/** Several processes work on one database over NATS: each shows itself by kind and name. Throws CONFLICT. */
export async function join(parts: LeaseParts, kind: string): Promise<Presence> {
  const [alone] = await parts.store.leases.list(ALONE);
  if (alone !== undefined) throw taken(`${alone.holder}, which runs without NATS,`);
  // Held for a moment yet by the process of this name that was killed before: not waited for.
  const shown = holding(parts, `${SHARING}${kind}:${parts.settings.instance}`, aborted);
  return { lost: new AbortController().signal, leave: () => shown.stop() };
}

/**
 * Without NATS events and commands stay inside a process, so that one process at a time may work on a database. The same
 * home may come back at once after a crash: its journal is locked by one process anyway. Throws CONFLICT.
 */
export async function beAlone(parts: LeaseParts): Promise<Presence> {
  const holder = `${hostname()}:${resolve(parts.settings.home)}`;
  const lease = await takeLease(parts, ALONE, holder);
  if (lease === undefined) {
    const [other] = await parts.store.leases.list(ALONE);
    throw taken(other?.holder ?? 'another process');
  }
  const [sharing] = await parts.store.leases.list(SHARING);
  if (sharing !== undefined) {
    await lease.release();
    throw taken(sharing.name);
  }
  return new Place(parts, holder, lease);
}

/**
 * The place of a process that is alone. While the database is away nobody can take it, so a lease that ran out is taken
 * again when it is back; only who finds another process there has lost.
 */
class Place implements Presence {
  readonly #lost = new AbortController();
  readonly #left = new AbortController();
  readonly #done: Promise<void>;

  constructor(parts: LeaseParts, holder: string, lease: HeldLease) {
    this.#done = this.#keep(parts, holder, lease);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async leave(): Promise<void> {
    this.#left.abort();
    await this.#done;
  }

  async #keep(parts: LeaseParts, holder: string, first: HeldLease): Promise<void> {
    let lease: HeldLease | undefined = first;
    while (lease !== undefined && !this.#left.signal.aborted) {
      await aborted(AbortSignal.any([lease.signal, this.#left.signal]));
      if (!this.#left.signal.aborted) lease = await this.#again(parts, holder);
    }
    await lease?.release();
  }

  /** Undefined when another process has the place, or this one left. */
  async #again(parts: LeaseParts, holder: string): Promise<HeldLease | undefined> {
    while (!this.#left.signal.aborted) {
      try {
        const lease = await takeLease(parts, ALONE, holder);
        if (lease === undefined) this.#lost.abort(taken('another process'));
        else parts.log.info({ lease: ALONE }, 'the lease is held again');
        return lease;
      } catch (error) {
        parts.log.warn({ lease: ALONE, err: error }, 'the lease could not be taken again');
      }
      await wait(LOOK_MS, undefined, { signal: this.#left.signal }).catch(() => undefined);
    }
    return undefined;
  }
}

function taken(holder: string): ContinuumError {
  return new ContinuumError('CONFLICT', `${holder} works on this database`, {
    next: `Set NATS_URL for all processes that share a database, or stop the other one (a killed one counts for ${LEASE_MS / 1000} s).`,
  });
}
