import { analyse } from 'scslre';

/** How a backtracking engine's time grows on the worst input of a pattern. */
export interface Ambiguity {
  /** `exponential`: nested or overlapping repetition; `polynomial`: neighbouring repetitions or a repetition tried at every start. */
  readonly growth: 'exponential' | 'polynomial';
  /** Where it comes from: a repetition inside a repetition, two repetitions that share characters, every start position. */
  readonly cause: 'Self' | 'Trade' | 'Move';
  /** A character to repeat to see it. */
  readonly pump: string;
  /** The repetition to change, as it stands in the pattern. */
  readonly quantifier: string;
}

const MAX_PATTERN = 2_500;
const MAX_CACHED = 4_000;
const cache = new Map<string, Ambiguity | undefined>();

/**
 * The worst ambiguity of a regular expression, or undefined when matching is linear or the pattern is invalid.
 * The analysis is that of scslre (super-linear regular expressions by the overlap of quantifiers).
 */
export function ambiguityOf(source: string, flags: string): Ambiguity | undefined {
  if (source.length > MAX_PATTERN || !/[*+{]/.test(source)) return undefined;
  const key = `${flags}/${source}`;
  if (cache.has(key)) return cache.get(key);
  const ambiguity = analyseSafely(source, flags);
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(key, ambiguity);
  return ambiguity;
}

function analyseSafely(source: string, flags: string): Ambiguity | undefined {
  try {
    const { reports } = analyse({ source, flags }, { maxReports: 6 });
    const [worst] = [...reports].sort((a, b) => rankOf(b) - rankOf(a));
    if (worst === undefined) return undefined;
    const quantifier = worst.type === 'Trade' ? `${worst.startQuant.raw}…${worst.endQuant.raw}` : worst.quant.raw;
    const growth = worst.exponential ? 'exponential' : 'polynomial';
    return { growth, cause: worst.type, pump: worst.character.pick, quantifier };
  } catch {
    // Not a pattern of this engine: whoever runs it gets the syntax error.
    return undefined;
  }
}

function rankOf(report: { readonly exponential: boolean; readonly type: Ambiguity['cause'] }): number {
  return (report.exponential ? 10 : 0) + (report.type === 'Move' ? 0 : 1);
}
