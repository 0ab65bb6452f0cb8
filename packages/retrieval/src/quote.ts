import type { Term } from './terms.ts';
import { termsOf } from './terms.ts';

const MOST_CHARACTERS = 320;
const MOST_LINES = 8;

/** The sentences of a text that speak most of what was asked, in their order, cut at 320 characters. */
export function quoteOf(text: string, terms: readonly Term[]): string {
  const sentences = sentencesOf(text);
  const best = sentences
    .map((sentence, index) => ({ index, sentence, value: worthOf(sentence, terms) }))
    .sort((a, b) => b.value - a.value || a.index - b.index);
  const kept: typeof best = [];
  let length = 0;
  for (const one of best) {
    if (kept.length > 0 && (one.value === 0 || length + one.sentence.length > MOST_CHARACTERS)) continue;
    kept.push(one);
    length += one.sentence.length + 1;
  }
  // A reason that stands right after a decision belongs to it.
  const next = sentences[(kept[0]?.index ?? 0) + 1];
  const isNext = kept.length === 1 && next !== undefined && length + next.length <= MOST_CHARACTERS;
  const inOrder = kept.sort((a, b) => a.index - b.index).map(({ sentence }) => sentence);
  return clip([...inOrder, ...(isNext ? [next] : [])].join(' '), MOST_CHARACTERS);
}

/** The lines of code around the one that speaks most of what was asked, at most eight, and the number of lines in front. */
export function codeQuoteOf(code: string, terms: readonly Term[]): { readonly text: string; readonly skipped: number } {
  const lines = code.split('\n');
  const values = lines.map((line) => worthOf(line, terms));
  const best = values.indexOf(Math.max(...values));
  const start = Math.max(0, Math.min(best - 3, lines.length - MOST_LINES));
  const shown = lines.slice(start, start + MOST_LINES).map((line) => clip(line, 200));
  return { text: shown.join('\n').trimEnd(), skipped: start };
}

function sentencesOf(text: string): string[] {
  const plain = text
    .replaceAll(/^[ \t]*>.*$/gm, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return plain.split(/(?<=[.!?])\s+(?=[\p{Lu}\p{N}`"'(])/u).filter((sentence) => sentence !== '');
}

function worthOf(text: string, terms: readonly Term[]): number {
  const there = new Set(termsOf(text));
  return terms.reduce((sum, { term, weight }) => sum + (there.has(term) ? weight : 0), 0);
}

function clip(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}
