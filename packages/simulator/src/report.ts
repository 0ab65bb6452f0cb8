import type { Failed, Findings, Occurrence } from './worker.ts';

/** Sums of what workers found. */
export class Summary {
  seeds = 0;
  events = 0;
  virtualMs = 0;
  readonly counters = new Map<string, Occurrence>();
  readonly failures: Failed[] = [];

  add({ seeds, events, virtualMs, counters, failures }: Findings): void {
    this.seeds += seeds;
    this.events += events;
    this.virtualMs += virtualMs;
    this.failures.push(...failures);
    for (const [what, { times, seeds: inSeeds }] of Object.entries(counters)) {
      const before = this.counters.get(what) ?? { times: 0, seeds: 0 };
      this.counters.set(what, { times: before.times + times, seeds: before.seeds + inSeeds });
    }
  }
}

/** What happened in all seeds, as lines of a table. */
export function coverageLines({ counters }: Summary): string[] {
  const rows = [...counters].sort(([a], [b]) => (a < b ? -1 : 1));
  return rows.map(
    ([what, { times, seeds }]) => `${String(times).padStart(9)} in ${String(seeds).padStart(6)} seeds  ${what}`,
  );
}

/** What a reader of a failure needs: the seed, what does not hold, what came before, how to see it again. */
export function failureLines({ seed, hash, failure, trace }: Failed): string[] {
  return [
    ...trace.slice(-60),
    '',
    `seed ${seed} (trace ${hash}) breaks "${failure.invariant}":`,
    `  ${failure.message}`,
    `  replay it: npm run simulate -- --seed ${seed} --trace`,
  ];
}
