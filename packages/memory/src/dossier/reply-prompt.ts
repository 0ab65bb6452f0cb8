import { words } from '../tokens.ts';

/** The answers that a policy model is asked to weigh for a reply. */
export const REPLY_KINDS = [' correction', ' confirmation', ' question', ' other'] as const;

const MOST_WORDS = 40;

/** A person's reply under a finding, as the policy model reads it. */
export function replyPrompt(text: string): string {
  const marks = text.includes('?') ? ' ?' : '';
  return `reply ${words(text.slice(0, 2_000)).slice(0, MOST_WORDS).join(' ')}${marks}\nanswer:`;
}
