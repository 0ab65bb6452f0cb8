import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { LEASE_MS, type LeaseParts, takeLease } from './lease.ts';

/** The lease of a process that has the database for itself, and the names of those that share it. */
const ALONE = 'alone';
const SHARING = 'process:';

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
  const name = `${SHARING}${kind}:${parts.settings.instance}`;
  // The name may still be held by the process that was killed before this one: it is not waited for.
  const lease = await takeLease(parts, name);
  return { lost: new AbortController().signal, leave: async () => lease?.release() };
}

/**
 * Without NATS events and commands stay inside a process, so that one process at a time may work on a database. The same
 * home may come back at once after a crash: its journal is locked by one process anyway. Throws CONFLICT.
 */
export async function beAlone(parts: LeaseParts): Promise<Presence> {
  const lease = await takeLease(parts, ALONE, `${hostname()}:${resolve(parts.settings.home)}`);
  if (lease === undefined) {
    const [other] = await parts.store.leases.list(ALONE);
    throw taken(other?.holder ?? 'another process');
  }
  const [sharing] = await parts.store.leases.list(SHARING);
  if (sharing !== undefined) {
    await lease.release();
    throw taken(sharing.name);
  }
  return { lost: lease.signal, leave: () => lease.release() };
}

function taken(holder: string): ContinuumError {
  return new ContinuumError('CONFLICT', `${holder} works on this database`, {
    next: `Set NATS_URL for all processes that share a database, or stop the other one (a killed one counts for ${LEASE_MS / 1000} s).`,
  });
}
