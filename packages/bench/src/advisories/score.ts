import type { ChangeSet } from '@continuum/contract/change-set';
import type { AdvisoryRow } from './rows.ts';

/** 1-based line of a file of the package. */
export interface Place {
  readonly path: string;
  readonly line: number;
}

/** Distance in lines at which a finding still points at the sink. */
const NEAR = 2;

/** Position (from 0) of the first place at the sink, or -1. An advisory may name only the end of the path. */
export function rankOfSink(places: readonly Place[], row: AdvisoryRow, change: ChangeSet): number {
  const sinkPaths = pathsOfSink(row, change);
  return places.findIndex(({ path, line }) => sinkPaths.has(path) && Math.abs(line - row.line) <= NEAR);
}

function pathsOfSink(row: AdvisoryRow, change: ChangeSet): Set<string> {
  const paths = [...change.files, ...change.skipped].map(({ path }) => path);
  if (paths.includes(row.path)) return new Set([row.path]);
  return new Set(paths.filter((path) => path.endsWith(`/${row.path}`)));
}

/** Share of ranks below a cap. */
export function recallAt(ranks: readonly number[], cap: number): number {
  if (ranks.length === 0) return 0;
  return ranks.filter((rank) => rank >= 0 && rank < cap).length / ranks.length;
}

/** Arithmetic mean, 0 for nothing. */
export function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
