import type { Faults, Place } from '../faults.ts';
import type { Random } from '../random.ts';
import { currentProcess, type SimProcess } from './process.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

/** An invariant that does not hold: the end of the run. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

/** How a port call ends when a fault decides it. */
export type Verdict<T> =
  | { readonly kind: 'fine' }
  /** Refused, nothing happened. */
  | { readonly kind: 'before'; readonly error: Error }
  /** It happened, and the caller is told that it did not. */
  | { readonly kind: 'after'; readonly error: Error }
  /** Something else happened instead. */
  | { readonly kind: 'instead'; readonly effect: () => T };

const FINE = { kind: 'fine' } as const;

interface WorldParts {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly faults: Faults;
}

/** Time, chance, faults and the record of one run: what every simulated part stands on. */
export class World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly faults: Faults;
  /** How often what happened, faults first of all. */
  readonly counters = new Map<string, number>();
  /** Told of a process that died of a fault, at that instant. */
  onCrash: (process: SimProcess) => void = () => undefined;
  #violation: Violation | undefined;

  constructor({ random, scheduler, trace, faults }: WorldParts) {
    this.random = random;
    this.scheduler = scheduler;
    this.trace = trace;
    this.faults = faults;
  }

  get now(): number {
    return this.scheduler.nowMs;
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  /** Ends the run: the first violation counts. */
  fail(invariant: string, message: string): void {
    if (this.#violation !== undefined) return;
    this.note('!', `${invariant}: ${message}`);
    this.#violation = new Violation(invariant, message);
  }

  note(who: string, what: string): void {
    this.trace.add(this.now, who, what);
  }

  count(what: string, times = 1): void {
    this.counters.set(what, (this.counters.get(what) ?? 0) + times);
  }

  /** Waits in the world outside, or as the process that asks: then it never resolves once that process is gone. */
  sleep(ms: number): Promise<void> {
    const owner = currentProcess();
    return new Promise((resolve) => {
      this.scheduler.after(ms, () => {
        if (owner?.alive !== false) resolve();
      });
    });
  }

  /**
   * One call of a port at a place: after a latency (ms) the effect happens in one instant, and the caller learns of it, at once or a
   * little later. The process may die before it, or between effect and answer; then nobody ever learns.
   */
  call<T>(
    place: Place,
    what: string,
    latencyMs: number,
    effect: () => T,
    verdict: () => Verdict<T> = () => FINE,
  ): Promise<T> {
    const owner = currentProcess();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.scheduler.after(latencyMs, () => {
      if (owner?.alive === false) return;
      if (this.#diesHere(owner, place, `before ${what}`)) return;
      this.note(owner?.name ?? '-', what);
      const answer = attempt(effect, verdict());
      if (this.#diesHere(owner, place, `after ${what}`)) return;
      this.#answer(owner, answer, resolve, reject);
    });
    return promise;
  }

  #answer<T>(
    owner: SimProcess | undefined,
    answer: { readonly value: T } | { readonly error: unknown },
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const settle = (): void => {
      if (owner?.alive === false) return;
      if ('value' in answer) resolve(answer.value);
      else reject(answer.error);
    };
    if (this.random.chance(0.2)) this.scheduler.after(this.random.spread(0.01, 5), settle);
    else settle();
  }

  #diesHere(owner: SimProcess | undefined, place: Place, where: string): boolean {
    if (owner === undefined || !this.faults.crashesHere(place)) return false;
    this.note(owner.name, `dies ${where}`);
    this.onCrash(owner);
    return true;
  }
}

function attempt<T>(effect: () => T, verdict: Verdict<T>): { readonly value: T } | { readonly error: unknown } {
  try {
    if (verdict.kind === 'before') return { error: verdict.error };
    if (verdict.kind === 'instead') return { value: verdict.effect() };
    const value = effect();
    return verdict.kind === 'after' ? { error: verdict.error } : { value };
  } catch (error) {
    return { error };
  }
}
