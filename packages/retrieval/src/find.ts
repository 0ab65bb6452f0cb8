import type { Evidence, LookedAt, Passage } from '@continuum/contract/knowledge';
import { codeQuoteOf, quoteOf } from './quote.ts';
import { type AskedFrom, type Ranked, rank } from './rank.ts';
import { namesOf, questionTerms, type Term } from './terms.ts';

/**
 * Least share of what was asked that a passage speaks of to count as an answer: in the gap between the best wrong and the
 * worst right answer of the development half of the labelled questions (`test/labelled.ts`); the other half checks it.
 */
export const ANSWERS_FROM = 0.65;

/** A single word in common is a chance, not an answer. */
export const AT_LEAST_WORDS = 2;

/** What else is cited beside the best passage speaks of nearly as much. */
const BESIDE_THE_BEST = 0.85;
const MOST_EVIDENCE = 3;
const MOST_NAMED = 8;

/** What was found for a question. */
export interface Found {
  /** False when nothing at hand answers; then there is no evidence. */
  readonly known: boolean;
  /** Best first, at most three. */
  readonly evidence: readonly Evidence[];
  readonly lookedAt: LookedAt;
  /** What was looked for: words of the question that ask for something, at most eight. */
  readonly asked: readonly string[];
}

export interface FindOptions {
  /** Fewest ordinary words that an answer shares with the question. Default `AT_LEAST_WORDS`. */
  readonly atLeastWords?: number;
}

/** Finds what answers a question among passages; nothing that merely sounds alike. Pure. */
export function find(
  question: string,
  passages: readonly Passage[],
  from: AskedFrom,
  { atLeastWords = AT_LEAST_WORDS }: FindOptions = {},
): Found {
  const terms = questionTerms(question);
  const answering = rank(question, passages, from).filter(
    ({ coverage, words }) => coverage >= ANSWERS_FROM && words >= atLeastWords,
  );
  const best = answering[0]?.coverage ?? 0;
  const cited = answering.filter(({ coverage }) => coverage >= best * BESIDE_THE_BEST).slice(0, MOST_EVIDENCE);
  return {
    known: cited.length > 0,
    evidence: cited.map((ranked) => toEvidence(ranked, terms)),
    lookedAt: lookedAt(passages),
    asked: namesOf(question)
      .slice(0, MOST_NAMED)
      .map(({ name }) => name),
  };
}

function toEvidence({ passage, coverage }: Ranked, terms: readonly Term[]): Evidence {
  const { about: _, text, ...rest } = passage;
  if (passage.kind !== 'code') return { ...rest, quote: quoteOf(text, terms), coverage };
  const { text: quote, skipped } = codeQuoteOf(text, terms);
  return { ...rest, ...(rest.line === undefined ? {} : { line: rest.line + skipped }), quote, coverage };
}

function lookedAt(passages: readonly Passage[]): LookedAt {
  const count = (kind: Passage['kind']): number => passages.filter((passage) => passage.kind === kind).length;
  return {
    corrections: count('correction'),
    findings: count('finding'),
    messages: count('message'),
    code: count('code'),
  };
}
