import type { Tally } from './evidence.ts';

const COUNTS = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
const MOST_LOGIT = 12;

/** A count as one of seventeen words: `n0`, `n1`, ... `n256`. */
export function countWord(letter: string, count: number): string {
  const known = COUNTS.findLast((step) => step <= count + 0.01) ?? 0;
  return `${letter}${known}`;
}

/** Log-odds in halves as a word between `p-12` and `p+12`. */
export function logitWord(letter: string, logit: number): string {
  const halves = Math.max(-MOST_LOGIT, Math.min(MOST_LOGIT, Math.round(logit * 2)));
  return `${letter}${halves < 0 ? '' : '+'}${halves}`;
}

/** What a tally says about posting: its log-odds, drawn to even by half a correction a side, and how many spoke. */
export function tallyWords({ declined, affirmed }: Tally): string {
  const logit = Math.log((affirmed + 0.5) / (declined + 0.5));
  return `${logitWord('o', logit)} ${countWord('n', declined + affirmed)}`;
}

/** Log-odds of a probability, kept finite. */
export function logitOf(probability: number): number {
  const inside = Math.min(1 - 1e-4, Math.max(1e-4, probability));
  return Math.log(inside / (1 - inside));
}
