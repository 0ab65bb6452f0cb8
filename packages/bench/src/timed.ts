/** What a run took: tokens, and seconds by the clock and of the processor. */
export interface Timed {
  readonly tokens: number;
  readonly wall: number;
  readonly cpu: number;
}

/** Times work that says how many tokens it did; the processor's seconds are those of all threads of this process. */
export async function timed(work: () => number | Promise<number>): Promise<Timed> {
  const [clock, cpu] = [performance.now(), process.cpuUsage()];
  const tokens = await work();
  const used = process.cpuUsage(cpu);
  return { tokens, wall: (performance.now() - clock) / 1e3, cpu: (used.user + used.system) / 1e6 };
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
