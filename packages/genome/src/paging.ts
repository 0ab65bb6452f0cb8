import { ContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import type { Resident } from '@continuum/contract/ports/policy';

/** Uses after which a use counts half. Long: which scopes are busy changes over days, not over minutes. */
const HALF_LIFE = 4096;
/** How many layers that were evicted are remembered, so that one that returns is no stranger. */
const REMEMBERED = 8192;

/** A layer as the cache sees it. */
export interface PagedLayer {
  readonly id: LayerId;
  /** What it costs the budget. */
  readonly bytes: number;
  /** Each level doubles what its uses are worth, in any fraction: deeper scopes and scopes with somebody in them. */
  readonly priority: number;
}

/** Who pins: a request until its answer ended, a holder until it lets go. */
export type PinKind = 'request' | 'holder';

/** What one admission pinned, and what has to be done for it. */
export interface Admission {
  readonly kind: PinKind;
  readonly ids: readonly LayerId[];
  /** Not resident before: to be loaded by whoever asked. */
  readonly missing: readonly LayerId[];
  /** Gone from the budget: to be unloaded. */
  readonly evicted: readonly LayerId[];
}

export interface PagingCounters {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** Attempts that found no room until a pin is let go. */
  readonly waits: number;
  readonly refusals: number;
  readonly residentBytes: number;
}

export interface PagingOptions {
  readonly budgetBytes: number;
  /** Uses after which a use counts half, default 4096. Towards 0 this is LRU, towards infinity LFU. */
  readonly halfLife?: number;
}

interface Entry {
  readonly id: LayerId;
  readonly bytes: number;
  requests: number;
  holders: number;
  /** Until the load has ended nothing may take its place. */
  isLoading: boolean;
  /** Logarithm of its worth, see `used`. */
  worth: number;
}

/**
 * Which layers lie in memory, and which make room for a newcomer: a byte budget, pins, and eviction of what is worth
 * least. Worth is recency and frequency in one number (LRFU: Lee et al., IEEE Transactions on Computers 50(12), 2001),
 * because under Zipf requests plain LRU loses its popular layers to every run of rare ones.
 */
export class Paging {
  readonly #budgetBytes: number;
  readonly #halfLife: number;
  readonly #entries = new Map<LayerId, Entry>();
  readonly #remembered = new Map<LayerId, number>();
  readonly #pinned = new WeakMap<Admission, readonly Entry[]>();
  readonly #counts = { hits: 0, misses: 0, evictions: 0, waits: 0, refusals: 0 };
  #residentBytes = 0;
  #time = 0;

  constructor({ budgetBytes, halfLife = HALF_LIFE }: PagingOptions) {
    this.#budgetBytes = budgetBytes;
    this.#halfLife = halfLife;
  }

  /**
   * Pins all the layers or none; undefined when there is room only after a request in flight has ended. `replacing` lets
   * go of an earlier admission in the same step, and keeps it when this one fails.
   * @throws ContinuumError OVERLOADED when they never fit beside what holders keep.
   */
  admit(layers: readonly PagedLayer[], kind: PinKind, replacing?: Admission): Admission | undefined {
    const wanted = [...new Map(layers.map((layer) => [layer.id, layer])).values()];
    if (replacing !== undefined) this.#pin(this.#pinned.get(replacing) ?? [], replacing.kind, -1);
    const victims = this.#tryRoom(wanted, replacing);
    if (victims === undefined) {
      this.#counts.waits += 1;
      return undefined;
    }
    for (const victim of victims) this.#remove(victim);
    this.#counts.evictions += victims.length;
    const missing = wanted.filter(({ id }) => !this.#entries.has(id)).map(({ id }) => id);
    this.#counts.misses += missing.length;
    this.#counts.hits += wanted.length - missing.length;
    const entries = wanted.map((layer) => this.#use(layer));
    this.#pin(entries, kind, 1);
    const ids = wanted.map(({ id }) => id);
    const admission = { kind, ids, missing, evicted: victims.map(({ id }) => id) };
    this.#pinned.set(admission, entries);
    if (replacing !== undefined) this.#pinned.delete(replacing);
    return admission;
  }

  /** Lets go of what an admission pinned. No error when it was let go before. */
  release(admission: Admission): void {
    this.#pin(this.#pinned.get(admission) ?? [], admission.kind, -1);
    this.#pinned.delete(admission);
  }

  /** A missing layer was loaded: from now on it may be evicted. */
  loaded(id: LayerId): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.isLoading = false;
  }

  /** A layer is not in memory after all: its load failed, or the host lost it. */
  forget(id: LayerId): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#remove(entry);
  }

  resident(): Resident[] {
    return [...this.#entries.values()].map(({ id, bytes, requests, holders }) => ({
      id,
      bytes,
      pins: requests + holders,
    }));
  }

  counters(): PagingCounters {
    return { ...this.#counts, residentBytes: this.#residentBytes };
  }

  #tryRoom(wanted: readonly PagedLayer[], replacing: Admission | undefined): Entry[] | undefined {
    try {
      this.#assertFits(wanted);
      const victims = this.#victims(wanted);
      if (victims === undefined) this.#restore(replacing);
      return victims;
    } catch (error) {
      this.#counts.refusals += 1;
      this.#restore(replacing);
      throw error;
    }
  }

  #restore(replacing: Admission | undefined): void {
    if (replacing !== undefined) this.#pin(this.#pinned.get(replacing) ?? [], replacing.kind, 1);
  }

  #assertFits(wanted: readonly PagedLayer[]): void {
    const ids = new Set(wanted.map(({ id }) => id));
    const held = sumBytes([...this.#entries.values()].filter(({ id, holders }) => holders > 0 && !ids.has(id)));
    const bytes = sumBytes(wanted);
    if (bytes + held <= this.#budgetBytes) return;
    const beside = held === 0 ? '' : ` beside ${held} that are held`;
    throw new ContinuumError('OVERLOADED', `${bytes} bytes of layers${beside} do not fit into ${this.#budgetBytes}.`, {
      next: 'Raise the budget for layers, or let personas leave their scopes.',
    });
  }

  /** The unpinned entries of least worth that make room for what is missing; undefined when pins are in the way. */
  #victims(wanted: readonly PagedLayer[]): Entry[] | undefined {
    const ids = new Set(wanted.map(({ id }) => id));
    let over = this.#residentBytes + sumBytes(wanted.filter(({ id }) => !this.#entries.has(id))) - this.#budgetBytes;
    if (over <= 0) return [];
    const evictable = [...this.#entries.values()].filter((entry) => isFree(entry) && !ids.has(entry.id));
    const victims: Entry[] = [];
    for (const entry of evictable.sort((one, other) => one.worth - other.worth)) {
      victims.push(entry);
      over -= entry.bytes;
      if (over <= 0) return victims;
    }
    return undefined;
  }

  #use(layer: PagedLayer): Entry {
    this.#time += 1;
    const known = this.#entries.get(layer.id);
    const before = known?.worth ?? this.#remembered.get(layer.id);
    const worth = used(before, this.#time / this.#halfLife + layer.priority);
    if (known !== undefined) {
      known.worth = worth;
      return known;
    }
    const entry = { id: layer.id, bytes: layer.bytes, requests: 0, holders: 0, isLoading: true, worth };
    this.#entries.set(layer.id, entry);
    this.#residentBytes += layer.bytes;
    return entry;
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.id);
    this.#residentBytes -= entry.bytes;
    this.#remembered.delete(entry.id);
    this.#remembered.set(entry.id, entry.worth);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
  }

  #pin(entries: readonly Entry[], kind: PinKind, step: 1 | -1): void {
    for (const entry of entries) {
      if (kind === 'request') entry.requests += step;
      else entry.holders += step;
    }
  }
}

/** log2(2^before + 2^now): the sum of all uses, each worth half of one that came `halfLife` uses later; never overflows. */
function used(before: number | undefined, now: number): number {
  if (before === undefined) return now;
  const high = Math.max(before, now);
  return high + Math.log2(1 + 2 ** (Math.min(before, now) - high));
}

function isFree({ requests, holders, isLoading }: Entry): boolean {
  return requests === 0 && holders === 0 && !isLoading;
}

function sumBytes(layers: readonly { readonly bytes: number }[]): number {
  return layers.reduce((sum, { bytes }) => sum + bytes, 0);
}
