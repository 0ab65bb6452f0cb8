import { ContinuumError } from '@continuum/contract/errors';
import type { LayerId } from '@continuum/contract/layer';
import type { LayerStore } from '@continuum/contract/ports/layer-store';
import type { LayerHost, Policy, Resident, Scored, ScoreRequest } from '@continuum/contract/ports/policy';
import { type Admission, type PagedLayer, Paging, type PagingCounters, type PinKind } from '@continuum/genome/paging';
import { Loads, type LoadsLog } from './loads.ts';
import { assertNotAborted, untilAborted } from './until-aborted.ts';

/** A level deeper in the chain of scopes is worth this much more: fewer ask for its layer, and those need it. */
const DEPTH_PRIORITY = 0.25;

/** Of a holder that meanwhile went elsewhere. */
const NOTHING: Admission = { kind: 'holder', ids: [], missing: [], evicted: [] };

export interface PagerOptions {
  readonly host: LayerHost;
  readonly layers: Pick<LayerStore, 'get' | 'open'>;
  /** Bytes of layers that may lie in the host's memory. */
  readonly budgetBytes: number;
  readonly log?: LoadsLog;
}

/** A policy that says how well its cache does. */
export interface Pager extends Policy {
  counters(): PagingCounters;
}

interface ScoreOptions {
  readonly signal?: AbortSignal;
}

/** What a holder keeps. While it changes scopes, that is still what it held before. */
interface Hold {
  layers: readonly LayerId[];
  admission: Admission | undefined;
  /** Of several scopes entered at once the last one counts. */
  turn: number;
}

/** What wants in and may have to wait for others to end. */
interface Entrant {
  readonly layers: readonly PagedLayer[];
  readonly kind: PinKind;
  readonly signal: AbortSignal | undefined;
  /** For a holder: what it holds so far, let go of in the same step, and whether it still wants this. */
  readonly hold?: { readonly current: Hold; readonly isWanted: () => boolean };
}

/**
 * A policy over one host that pages layers in as requests and holders need them (GEN-3), each verified by the store. A
 * request pins its composition until it is answered, so nothing changes under it; one that needs room waits for others
 * to end instead of failing, and nobody overtakes it.
 */
export function createPager(options: PagerOptions): Pager {
  return new HostPager(options);
}

class HostPager implements Pager {
  readonly baseModel: string;
  readonly #host: LayerHost;
  readonly #paging: Paging;
  readonly #loads: Loads;
  readonly #holds = new Map<string, Hold>();
  /** In the order they came; each answers whether it is through. */
  readonly #waiting: Array<() => boolean> = [];
  #isClosed = false;

  constructor({ host, layers, budgetBytes, log }: PagerOptions) {
    this.baseModel = host.baseModel;
    this.#host = host;
    this.#paging = new Paging({ budgetBytes });
    this.#loads = new Loads({ host, layers, log, onSettled: (id, isLoaded) => this.#settle(id, isLoaded) });
  }

  async score(
    requests: readonly ScoreRequest[],
    layers: readonly LayerId[],
    options?: ScoreOptions,
  ): Promise<Scored[]> {
    try {
      return await this.#score(requests, layers, options);
    } catch (error) {
      // A host that was started anew holds nothing: what it lost is loaded again, once.
      if (!(error instanceof ContinuumError) || error.code !== 'LAYER_NOT_LOADED') throw error;
      const there = new Set(this.#host.loaded());
      for (const id of layers) if (!there.has(id) && !this.#loads.isLoading([id])) this.#paging.forget(id);
      return this.#score(requests, layers, options);
    }
  }

  /** A chain that does not fit leaves the holder with what it held, one with a bad layer with nothing. */
  async hold(holder: string, layers: readonly LayerId[]): Promise<void> {
    const current = this.#holds.get(holder) ?? { layers: [], admission: undefined, turn: 0 };
    this.#holds.set(holder, current);
    current.turn += 1;
    const { turn } = current;
    const isWanted = (): boolean => this.#holds.get(holder) === current && current.turn === turn;
    const paged = await this.#describe(layers);
    const entrant: Entrant = { layers: paged, kind: 'holder', signal: undefined, hold: { current, isWanted } };
    await this.#enter(entrant);
    await this.#loads.settled(layers).catch((error: unknown) => {
      if (isWanted()) this.release(holder);
      throw error;
    });
  }

  release(holder: string): readonly LayerId[] {
    const hold = this.#holds.get(holder);
    this.#holds.delete(holder);
    if (hold?.admission !== undefined) this.#leave(hold.admission);
    return hold?.layers ?? [];
  }

  resident(): Resident[] {
    return this.#paging.resident();
  }

  counters(): PagingCounters {
    return this.#paging.counters();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pump();
    await this.#loads.idle();
    await this.#host.close();
  }

  async #score(requests: readonly ScoreRequest[], ids: readonly LayerId[], options?: ScoreOptions): Promise<Scored[]> {
    const signal = options?.signal;
    assertNotAborted(signal);
    const layers = this.#loads.known(ids, DEPTH_PRIORITY) ?? (await untilAborted(this.#describe(ids), signal));
    const entrant: Entrant = { layers, kind: 'request', signal };
    const admission = this.#tryEnter(entrant) ?? (await this.#enter(entrant));
    try {
      if (this.#loads.isLoading(ids)) await untilAborted(this.#loads.settled(ids), signal);
      return await this.#host.score(requests, ids, options);
    } finally {
      this.#leave(admission);
    }
  }

  async #describe(ids: readonly LayerId[]): Promise<PagedLayer[]> {
    await this.#loads.learn(ids);
    return this.#loads.known(ids, DEPTH_PRIORITY) ?? [];
  }

  #tryEnter(entrant: Entrant): Admission | undefined {
    if (this.#isClosed) throw closed();
    return this.#waiting.length > 0 ? undefined : this.#admit(entrant);
  }

  #admit({ layers, kind, hold }: Entrant): Admission | undefined {
    const admission = this.#paging.admit(layers, kind, hold?.current.admission);
    if (admission === undefined) return undefined;
    if (hold !== undefined) Object.assign(hold.current, { admission, layers: admission.ids });
    for (const id of admission.evicted) this.#loads.drop(id);
    for (const id of admission.missing) this.#loads.start(id);
    return admission;
  }

  /** Waits in line until there is room. */
  #enter(entrant: Entrant): Promise<Admission> {
    const { signal } = entrant;
    const { promise, resolve, reject } = Promise.withResolvers<Admission>();
    const attempt = (): boolean => {
      try {
        const admission = this.#attempt(entrant);
        if (admission !== undefined) resolve(admission);
        return admission !== undefined;
      } catch (error) {
        reject(error);
        return true;
      }
    };
    // Someone who gave up is taken out when its turn comes, or at once when it is first.
    const giveUp = (): void => this.#pump();
    signal?.addEventListener('abort', giveUp, { once: true });
    this.#waiting.push(attempt);
    this.#pump();
    return untilAborted(promise, signal).finally(() => signal?.removeEventListener('abort', giveUp));
  }

  #attempt(entrant: Entrant): Admission | undefined {
    if (this.#isClosed) throw closed();
    assertNotAborted(entrant.signal);
    if (entrant.hold?.isWanted() === false) return NOTHING;
    return this.#admit(entrant);
  }

  #leave(admission: Admission): void {
    this.#paging.release(admission);
    this.#pump();
  }

  #settle(id: LayerId, isLoaded: boolean): void {
    if (isLoaded) this.#paging.loaded(id);
    else this.#paging.forget(id);
    this.#pump();
  }

  #pump(): void {
    while (this.#waiting[0]?.() === true) this.#waiting.shift();
  }
}

function closed(): ContinuumError {
  return new ContinuumError('MODEL_UNAVAILABLE', 'The policy was closed.', { next: 'Start the system again.' });
}
