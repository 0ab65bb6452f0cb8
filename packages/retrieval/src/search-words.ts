import { formsOf } from './terms.ts';

const MOST_WORDS = 60;

/** What a store is asked for with a question: its words, and the other words of the field for them. */
export function searchWords(question: string): string[] {
  return [...new Set(formsOf(question))].slice(0, MOST_WORDS);
}
