import type { Permission, Quality, Signal } from '@continuum/contract/learning';

/** Priority of a signal before it is adjusted (TRN-2). */
export const BASE_PRIORITY: Readonly<Record<Signal, number>> = {
  correction: 1,
  edit: 1,
  consensus: 0.7,
  'peer-teaching': 0.7,
  confirmation: 0.7,
  response: 0.5,
  question: 0.3,
};

const TRUST: Readonly<Record<Permission, number>> = { admin: 1, write: 1, read: 0.6, none: 0.4 };
const EMOTION_SWING = 0.2;

export interface ScoreInput {
  readonly signal: Signal;
  /** How sure the reading of the signal is, in [0, 1]; 1 for explicit feedback. */
  readonly confidence: number;
  readonly permission: Permission;
  /** Strength of feeling in [0, 1]; shouting and exclamation raise it, see `arousalOf`. */
  readonly arousal: number;
}

export interface Score {
  /** In [0, 1]. */
  readonly priority: number;
  readonly quality: Quality;
}

/**
 * Priority and quality of an example (TRN-2): the signal's base, times trust in the author and in the reading, raised
 * by feeling. A clear correction by somebody who may write stays at 1.0, critical.
 */
export function scoreSignal({ signal, confidence, permission, arousal }: ScoreInput): Score {
  const sureness = clamp(confidence) >= 0.5 ? 1 : 0.5 + clamp(confidence);
  const feeling = 1 + EMOTION_SWING * clamp(arousal);
  // Consensus is among personas, who have no permission on any host.
  const trust = signal === 'consensus' ? 1 : TRUST[permission];
  const priority = clamp(BASE_PRIORITY[signal] * trust * sureness * feeling);
  return { priority, quality: qualityOf(priority) };
}

function qualityOf(priority: number): Quality {
  if (priority >= 0.9) return 'critical';
  if (priority >= 0.65) return 'high';
  return priority >= 0.4 ? 'medium' : 'low';
}

/** Strength of feeling in [0, 1] read off the outside of a text: exclamation marks, capital words, strong emoji. */
export function arousalOf(text: string): number {
  const marks = (text.match(/!/g) ?? []).length;
  const shouted = (text.match(/\b\p{Lu}{4,}\b/gu) ?? []).length;
  const emoji = (text.match(/😡|🤬|😤|🔥|🎉|❤️|🙏|😱/gu) ?? []).length;
  return clamp(marks * 0.25 + shouted * 0.2 + emoji * 0.35);
}

/** Into [0, 1]; what is no number counts as 0. */
function clamp(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(1, Math.max(0, value));
}
