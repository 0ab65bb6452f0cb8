import type { ScopeCounter } from './counters.ts';

/** Enough for a training by itself (LORA-3): conversations for the memory channel, pairs for the reward channel. */
export const FULL: ScopeCounter = { examples: 500, pairs: 200 };
/** Of both at once this share is enough. */
const BOTH = 0.5;
const DAY_MS = 24 * 3600 * 1000;
const MINUTE_MS = 60_000;

/** A time of the local week in which a scope with less to learn from is trained too, once. */
export interface TrainingWindow {
  readonly id: string;
  /** Days on which it begins, 0 is Sunday. */
  readonly days: readonly number[];
  /** Local minute of the day at which it begins. */
  readonly startMinute: number;
  /** How long it stays open; may pass midnight. */
  readonly minutes: number;
  /** New examples that make it worth it. */
  readonly leastExamples: number;
}

/** Every night from 2 to 5 with 50 new examples, on Sunday from 3 to 9 with 10. */
export const WINDOWS: readonly TrainingWindow[] = [
  { id: 'nightly', days: [0, 1, 2, 3, 4, 5, 6], startMinute: 120, minutes: 180, leastExamples: 50 },
  { id: 'weekly', days: [0], startMinute: 180, minutes: 360, leastExamples: 10 },
];

/** A training that is due, and why. */
export interface Due {
  readonly because: string;
  /** The window it uses up (`nightly:2026-11-22`); absent when the counters alone made it due. */
  readonly window?: string;
}

export interface CadenceInput {
  readonly counter: ScopeCounter;
  /** Windows that the scope has been trained in. */
  readonly used: ReadonlySet<string>;
  readonly now: Date;
  /** Minutes that local time is ahead of UTC. */
  readonly offsetMinutes: number;
  readonly windows?: readonly TrainingWindow[];
}

/** Whether a scope is to be trained now: its counters are full, or a window is open that it was not trained in. */
export function dueTraining({ counter, used, now, offsetMinutes, windows = WINDOWS }: CadenceInput): Due | undefined {
  const { examples, pairs } = counter;
  if (isFull(counter)) return { because: `${examples} new examples and ${pairs} pairs are enough` };
  for (const window of windows) {
    const key = openSince(window, now, offsetMinutes);
    if (key === undefined || used.has(key) || examples < window.leastExamples) continue;
    return { because: `the ${window.id} window is open and there are ${examples} new examples`, window: key };
  }
  return undefined;
}

function isFull({ examples, pairs }: ScopeCounter): boolean {
  if (examples >= FULL.examples || pairs >= FULL.pairs) return true;
  return examples >= BOTH * FULL.examples && pairs >= BOTH * FULL.pairs;
}

/** The window's name with the local day on which it began, while it is open. */
function openSince(window: TrainingWindow, now: Date, offsetMinutes: number): string | undefined {
  const local = now.getTime() + offsetMinutes * MINUTE_MS;
  const today = Math.floor(local / DAY_MS) * DAY_MS;
  // One that began yesterday may be open past midnight.
  for (const day of [today, today - DAY_MS]) {
    const start = day + window.startMinute * MINUTE_MS;
    const begins = window.days.includes(new Date(day).getUTCDay());
    if (begins && local >= start && local < start + window.minutes * MINUTE_MS) {
      return `${window.id}:${new Date(day).toISOString().slice(0, 10)}`;
    }
  }
  return undefined;
}
