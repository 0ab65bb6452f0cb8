import { randomBytes } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import type { Store } from '@continuum/contract/ports/store';
import type { Core } from './runtime.ts';
import type { Settings } from './settings.ts';
import { within } from './within.ts';

/** How long a right outlives its holder when that is killed, in ms: another takes over after this. */
export const LEASE_MS = 10_000;

/** What leases are taken with. */
export interface LeaseParts extends Pick<Core, 'log'> {
  readonly settings: Pick<Settings, 'databaseUrl' | 'instance' | 'home'>;
  readonly store: Pick<Store, 'leases'>;
}

/** A right that this process holds now, renewed at a third of its time until it is given back. */
export interface HeldLease {
  /** Says with LEASE_LOST (retryable) when the right could not be renewed in time: somebody else may have it now. */
  readonly signal: AbortSignal;
  /** Gives it back, so that the next one need not wait. Idempotent; never throws. */
  release(): Promise<void>;
}

/** Two processes of one name must not take each other's leases for their own. */
const PROCESS = randomBytes(4).toString('hex');

/** Whether other processes may work on the same store. */
export function isShared(settings: Pick<Settings, 'databaseUrl'>): boolean {
  return settings.databaseUrl !== undefined;
}

/** Who this process is to others. */
export function holderOf({ instance }: Pick<Settings, 'instance'>): string {
  return `${instance}#${PROCESS}`;
}

/** Takes a lease that is free. Undefined while somebody else holds it. Throws what the store throws. */
export async function takeLease(
  parts: LeaseParts,
  name: string,
  holder: string = holderOf(parts.settings),
): Promise<HeldLease | undefined> {
  // By our own clock it ends no later than by the database's: counted from before the question was asked.
  const asked = performance.now();
  const lease = await parts.store.leases.take(name, holder, LEASE_MS);
  return lease === undefined ? undefined : hold(parts, name, holder, asked + LEASE_MS);
}

function hold({ store, log }: LeaseParts, name: string, holder: string, until: number): HeldLease {
  const lost = new AbortController();
  let isReleased = false;
  let renewing: Promise<void> = Promise.resolve();
  const lose = (): void => {
    stop();
    log.warn({ lease: name }, 'a lease was lost: it could not be renewed in time');
    const why = `the lease ${name} was lost: another process may act now`;
    lost.abort(new ContinuumError('LEASE_LOST', why, { retryable: true }));
  };
  let expiry = setTimeout(lose, until - performance.now());
  const renew = async (): Promise<void> => {
    const asked = performance.now();
    try {
      // A connection that answers no more must not take the time of the next try, which may get another one.
      const lease = await within(LEASE_MS / 4, store.leases.take(name, holder, LEASE_MS), `the lease ${name}`);
      if (isReleased || lost.signal.aborted) return;
      if (lease === undefined) return lose();
      clearTimeout(expiry);
      expiry = setTimeout(lose, asked + LEASE_MS - performance.now());
    } catch (error) {
      // There is time for another try or two before it ends.
      log.warn({ lease: name, err: error }, 'a lease could not be renewed');
    }
  };
  const timer = setInterval(() => {
    renewing = renewing.then(renew);
  }, LEASE_MS / 3);
  const stop = (): void => {
    clearInterval(timer);
    clearTimeout(expiry);
  };
  return {
    signal: lost.signal,
    async release() {
      if (isReleased) return;
      isReleased = true;
      stop();
      await renewing;
      // What cannot be given back ends by itself.
      await store.leases.release(name, holder).catch((error: unknown) => log.warn({ lease: name, err: error }));
    },
  };
}
