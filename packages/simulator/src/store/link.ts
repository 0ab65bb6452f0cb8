import { ContinuumError } from '@continuum/contract/errors';
import { currentProcess } from '../world/process.ts';
import type { Verdict, World } from '../world/world.ts';
import type { Link } from './sim-database.ts';

function away(why: string): ContinuumError {
  return new ContinuumError('STORE_UNAVAILABLE', why, {
    retryable: true,
    next: 'Try again when the database is back.',
  });
}

/** The way of one process to a database in the same process: nothing is lost on it. */
export function localLink(world: World, now: () => Date): Link {
  return {
    call: (what, effect) => world.call('store', what, world.random.spread(0.02, 2), effect),
    now,
    clock: () => new Date(world.now),
    onDeath: (clean) => currentProcess()?.onDeath(clean),
  };
}

/** The way of one process to a database on another machine: connections break, before or after an effect, or for a while. */
export class NetworkLink implements Link {
  readonly now: () => Date;
  readonly #world: World;
  #isCut = false;

  constructor(world: World, now: () => Date) {
    this.#world = world;
    this.now = now;
  }

  /** Neither sees the other until it is mended. */
  cut(): void {
    this.#isCut = true;
  }

  mend(): void {
    this.#isCut = false;
  }

  call<T>(what: string, effect: () => T): Promise<T> {
    const { random } = this.#world;
    const latencyMs = this.#isCut ? random.between(1_000, 10_000) : random.spread(0.1, 10);
    return this.#world.call('store', what, latencyMs, effect, () => this.#verdict());
  }

  clock(): Date {
    return new Date(this.#world.now);
  }

  onDeath(clean: () => void): void {
    currentProcess()?.onDeath(clean);
  }

  #verdict(): Verdict<never> {
    const { faults } = this.#world;
    if (this.#isCut) {
      this.#world.count('store out of reach');
      return { kind: 'before', error: away('the database does not answer') };
    }
    if (!faults.happens(faults.plan.storeBreaks)) return { kind: 'fine' };
    const kind = this.#world.random.chance(0.5) ? 'before' : 'after';
    this.#world.count(`store connection breaks ${kind}`);
    return { kind, error: away('the connection broke') };
  }
}
