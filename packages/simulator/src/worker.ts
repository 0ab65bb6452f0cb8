import { type RunResult, runSeed } from './run.ts';

/** What a runner asks of a worker: these seeds, until the first that fails when it says so. */
export interface Order {
  readonly from: number;
  readonly count: number;
  /** Every so many seeds one is run twice, to see that it does the same. 0: none. */
  readonly replayEvery: number;
}

/** How often something happened, and in how many seeds. */
export interface Occurrence {
  readonly times: number;
  readonly seeds: number;
}

export interface Failed {
  readonly seed: number;
  readonly hash: string;
  readonly failure: NonNullable<RunResult['failure']>;
  /** The newest lines of what happened. */
  readonly trace: readonly string[];
}

/** What a worker found in one order. */
export interface Findings {
  readonly seeds: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly counters: Readonly<Record<string, Occurrence>>;
  readonly failures: readonly Failed[];
}

/** Runs the seeds of an order one after the other; stops at the first failure. */
export async function work({ from, count, replayEvery }: Order): Promise<Findings> {
  const counters = new Map<string, Occurrence>();
  const failures: Failed[] = [];
  let [seeds, events, virtualMs] = [0, 0, 0];
  for (let seed = from; seed < from + count && failures.length === 0; seed += 1) {
    const result = await runSeed(seed);
    seeds += 1;
    events += result.events;
    virtualMs += result.virtualMs;
    for (const [what, times] of result.counters) {
      const before = counters.get(what) ?? { times: 0, seeds: 0 };
      counters.set(what, { times: before.times + times, seeds: before.seeds + 1 });
    }
    const failure = result.failure ?? (await differs(result, replayEvery));
    if (failure !== undefined) failures.push({ seed, hash: result.hash, failure, trace: result.trace });
  }
  return { seeds, events, virtualMs, counters: Object.fromEntries(counters), failures };
}

/** A run that does not do the same again is a failure of the simulator. */
async function differs({ seed, hash }: RunResult, every: number): Promise<RunResult['failure']> {
  if (every === 0 || seed % every !== 0) return undefined;
  const again = await runSeed(seed);
  if (again.hash === hash) return undefined;
  return { invariant: 'a seed replays identically', message: `${hash} the first time, ${again.hash} the second` };
}
