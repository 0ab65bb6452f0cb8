/** What came back, in order: milliseconds and the HTTP status, 0 for a broken connection. */
export interface Samples {
  ms: number[];
  statuses: number[];
}

/** One run of load. Times are in ms, of accepted deliveries (2xx). */
export interface LoadResult {
  readonly seconds: number;
  readonly accepted: number;
  readonly shed: number;
  readonly errors: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The 99th percentile of deliveries that were shed (503). */
  readonly shedP99: number;
}

/** Figures of a run that took `seconds`. */
export function summary({ ms, statuses }: Samples, seconds: number): LoadResult {
  const of = (wanted: (status: number) => boolean): number[] =>
    ms.filter((_, index) => wanted(statuses[index] ?? 0)).sort((a, b) => a - b);
  const accepted = of((status) => status >= 200 && status < 300);
  const shed = of((status) => status === 503);
  return {
    seconds,
    accepted: accepted.length,
    shed: shed.length,
    errors: ms.length - accepted.length - shed.length,
    perSecond: accepted.length / seconds,
    p50: quantile(accepted, 0.5),
    p99: quantile(accepted, 0.99),
    max: accepted.at(-1) ?? 0,
    shedP99: quantile(shed, 0.99),
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
