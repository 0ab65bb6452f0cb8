import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** One published advisory about one npm release, and where its sink stands. */
export const AdvisoryRow = z.object({
  /** CVE id; empty when the advisory has none. */
  id: z.string(),
  package: z.string(),
  version: z.string(),
  cwe: z.string(),
  /** Path of the sink inside the package. */
  path: z.string(),
  /** 1-based line of the sink. */
  line: z.number().int().positive(),
});
export type AdvisoryRow = z.infer<typeof AdvisoryRow>;

export type Split = 'dev' | 'held-out';

/** Rules, weights and thresholds may look at `dev` packages only; figures are reported on `held-out` ones. */
const DEV_PACKAGES = 120;
const SPLIT_SEED = 20_260;

/** Every row with a known sink, in file order. */
export function allRows(): AdvisoryRow[] {
  return z.array(AdvisoryRow).parse(JSON.parse(readFileSync(new URL('./rows.json', import.meta.url), 'utf8')));
}

/** The rows of one side of the fixed split by package name, shuffled by `seed`, one row a package. */
export function splitRows(split: Split, seed: number): AdvisoryRow[] {
  const byPackage = new Map(allRows().map((row) => [row.package, row]));
  const names = shuffled([...byPackage.keys()].sort(), SPLIT_SEED);
  const side = split === 'dev' ? names.slice(0, DEV_PACKAGES) : names.slice(DEV_PACKAGES);
  return shuffled(side, seed).flatMap((name) => byPackage.get(name) ?? []);
}

/** A shuffle by sorting on random keys: the same seed gives the same order everywhere. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = mulberry32(seed);
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Deterministic numbers in [0, 1) from a 32-bit seed. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
