import { AsyncLocalStorage } from 'node:async_hooks';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { performance } from 'node:perf_hooks';
import type { Random } from '../random.ts';
import { currentProcess, type SimProcess } from './process.ts';
import type { Scheduled, Scheduler } from './scheduler.ts';

/** What a timer of Node can wait at most. */
const LONGEST_MS = 2 ** 31 - 1;
/** A turn of the event loop. */
const TURN_MS = 0.01;

type Callback = (...args: unknown[]) => void;

/** What `setTimeout` returns in a run. */
class VirtualTimer {
  readonly #scheduler: Scheduler;
  readonly #owner: SimProcess | undefined;
  readonly #fire: () => void;
  readonly #everyMs: number | undefined;
  #event: Scheduled | undefined;

  constructor(scheduler: Scheduler, delayMs: number, callback: () => void, repeat: boolean) {
    this.#scheduler = scheduler;
    this.#owner = currentProcess();
    // The callback sees the async context of its caller, as with a real timer.
    const inContext = AsyncLocalStorage.snapshot();
    this.#fire = () => inContext(callback);
    const delay = Math.min(delayMs, LONGEST_MS);
    this.#everyMs = repeat ? delay : undefined;
    this.#arm(delay);
    if (this.#owner !== undefined) this.#owner.timers += 1;
  }

  cancel(): void {
    if (this.#event === undefined) return;
    this.#event.cancelled = true;
    this.#over();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  #over(): void {
    this.#event = undefined;
    if (this.#owner !== undefined) this.#owner.timers -= 1;
  }

  #arm(delayMs: number): void {
    this.#event = this.#scheduler.after(delayMs, () => {
      if (this.#owner?.alive === false) return;
      if (this.#everyMs === undefined) this.#over();
      else this.#arm(this.#everyMs);
      this.#fire();
    });
  }
}

function virtualDate(scheduler: Scheduler, RealDate: DateConstructor): unknown {
  return class VirtualDate extends RealDate {
    constructor(...args: [] | [string | number | Date]) {
      if (args.length === 0) super(Math.floor(scheduler.nowMs));
      else super(...args);
    }

    static override now(): number {
      return Math.floor(scheduler.nowMs);
    }
  };
}

const hex = (random: Random, digits: number): string =>
  Array.from({ length: digits }, () => random.below(16).toString(16)).join('');

/** A random UUID, version 4 (RFC 9562). */
function uuid(random: Random): string {
  return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`;
}

/**
 * Puts the clock, the timers and the chance of a run in place of the real ones, and returns what puts them back.
 * Code that runs outside of the run meanwhile sees the virtual ones too, so nothing else may run.
 */
export function replaceGlobals(scheduler: Scheduler, random: Random): () => void {
  const undo: Array<() => void> = [];
  const replace = (owner: object, name: string, value: unknown): void => {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value, configurable: true, writable: true, enumerable: true });
    undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, before);
    });
  };
  const timer =
    (repeat: boolean) =>
    (callback: Callback, delayMs = 1, ...args: unknown[]) =>
      new VirtualTimer(scheduler, Math.max(delayMs, 1), () => callback(...args), repeat);
  const clear = (handle: unknown): void => {
    if (handle instanceof VirtualTimer) handle.cancel();
  };
  const soon = (callback: Callback, ...args: unknown[]): VirtualTimer =>
    new VirtualTimer(scheduler, TURN_MS, () => callback(...args), false);
  replace(globalThis, 'setTimeout', timer(false));
  replace(globalThis, 'setInterval', timer(true));
  replace(globalThis, 'setImmediate', soon);
  for (const name of ['clearTimeout', 'clearInterval', 'clearImmediate']) replace(globalThis, name, clear);
  replace(globalThis, 'Date', virtualDate(scheduler, Date));
  replace(Math, 'random', () => random.unit());
  replace(performance, 'now', () => scheduler.nowMs);
  replace(crypto, 'randomUUID', () => uuid(random));
  syncBuiltinESMExports();
  return () => {
    for (const each of undo.reverse()) each();
    syncBuiltinESMExports();
  };
}
