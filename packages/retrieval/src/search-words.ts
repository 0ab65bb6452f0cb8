import { formsOf, namesOf } from './terms.ts';

const MOST_WORDS = 60;

/** What a store is asked for with a question: its words, and the other words of the field for them. */
export function searchWords(question: string): string[] {
  return [...new Set(formsOf(question))].slice(0, MOST_WORDS);
}

/** What code is looked through for: the words and names that say most, as they were written, most telling first. */
export function codeWords(question: string): string[] {
  return namesOf(question)
    .toSorted((a, b) => b.weight - a.weight || b.name.length - a.name.length)
    .filter(({ weight }) => weight >= 1)
    .map(({ name }) => name);
}
