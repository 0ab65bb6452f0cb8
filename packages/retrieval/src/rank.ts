import type { ScopeId } from '@continuum/contract/ids';
import type { Passage } from '@continuum/contract/knowledge';
import { questionTerms, type Term, termsOf } from './terms.ts';

/** Where a question is asked: what stands near counts more. */
export interface AskedFrom {
  readonly repo?: string | undefined;
  readonly pr?: number | undefined;
  /** Its scope and those above it. */
  readonly scopes?: readonly ScopeId[];
  readonly now: Date;
}

/** A passage and how it fits a question. */
export interface Ranked {
  readonly passage: Passage;
  /** Higher is better; compares passages of one question only. */
  readonly score: number;
  /** Share of what was asked that the passage speaks of, in [0, 1]: comparable between questions. */
  readonly coverage: number;
  /** How much it speaks of what was asked, in ordinary words: one may be a chance. */
  readonly words: number;
}

/** BM25 (Robertson and Zaragoza, 2009): how soon repeats stop counting, and how much length does. */
const K1 = 1.2;
const B = 0.6;
/** What a word counts in what a passage is about, beside one in what it says. */
const ABOUT = 0.7;
/** With few passages at hand every word would look rare. */
const AT_LEAST_PASSAGES = 40;
const HALF_LIFE_MS = 180 * 86_400_000;
const NEAR = { pr: 1.3, repo: 1.15, scope: 1.15, recency: 1.15 } as const;
/** What a person decided outweighs what a tool claimed and what merely stands there. */
const AUTHORITY: Record<Passage['kind'], number> = { correction: 1.25, message: 1.1, finding: 1, code: 0.85 };

interface Counted {
  readonly passage: Passage;
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
}

/** Ranks passages by what they have to say to a question, best first; those that share nothing with it are left out. */
export function rank(question: string, passages: readonly Passage[], from: AskedFrom): Ranked[] {
  const terms = questionTerms(question);
  const counted = passages.map(count);
  const idf = inverseFrequencies(terms, counted);
  const meanLength = counted.reduce((sum, { length }) => sum + length, 0) / Math.max(1, counted.length);
  const ranked = counted.map((one) => ({
    passage: one.passage,
    score: bm25(terms, one, idf, meanLength) * nearness(one.passage, from) * AUTHORITY[one.passage.kind],
    coverage: coverageOf(terms, one, idf),
    words: terms.reduce((sum, { term, weight }) => sum + (one.counts.has(term) ? weight : 0), 0),
  }));
  return ranked.filter(({ score }) => score > 0).sort((a, b) => b.coverage * b.score - a.coverage * a.score);
}

function count(passage: Passage): Counted {
  const counts = new Map<string, number>();
  const said = termsOf(passage.text);
  const about = termsOf(passage.about);
  for (const term of said) counts.set(term, (counts.get(term) ?? 0) + 1);
  for (const term of about) counts.set(term, (counts.get(term) ?? 0) + ABOUT);
  return { passage, counts, length: said.length + ABOUT * about.length };
}

function inverseFrequencies(terms: readonly Term[], counted: readonly Counted[]): Map<string, number> {
  const documents = Math.max(AT_LEAST_PASSAGES, counted.length);
  return new Map(
    terms.map(({ term }) => {
      const having = counted.filter(({ counts }) => counts.has(term)).length;
      return [term, Math.log(1 + (documents - having + 0.5) / (having + 0.5))];
    }),
  );
}

function bm25(
  terms: readonly Term[],
  { counts, length }: Counted,
  idf: ReadonlyMap<string, number>,
  meanLength: number,
): number {
  let sum = 0;
  for (const { term, weight } of terms) {
    const frequency = counts.get(term) ?? 0;
    const norm = K1 * (1 - B + (B * length) / Math.max(1, meanLength));
    sum += weight * (idf.get(term) ?? 0) * ((frequency * (K1 + 1)) / (frequency + norm));
  }
  return sum;
}

function coverageOf(terms: readonly Term[], { counts }: Counted, idf: ReadonlyMap<string, number>): number {
  const value = ({ term, weight }: Term): number => weight * (idf.get(term) ?? 0);
  const asked = terms.reduce((sum, term) => sum + value(term), 0);
  const met = terms.reduce((sum, term) => sum + (counts.has(term.term) ? value(term) : 0), 0);
  return asked === 0 ? 0 : met / asked;
}

function nearness({ repo, pr, scope, at }: Passage, from: AskedFrom): number {
  const sameRepo = repo !== undefined && repo === from.repo;
  const samePr = sameRepo && pr !== undefined && pr === from.pr;
  const inScope = scope !== undefined && scope !== '/' && from.scopes?.includes(scope) === true;
  const age = at === undefined ? Number.POSITIVE_INFINITY : Math.max(0, from.now.getTime() - Date.parse(at));
  const recency = 1 + (NEAR.recency - 1) * 2 ** (-age / HALF_LIFE_MS);
  return (samePr ? NEAR.pr : 1) * (sameRepo ? NEAR.repo : 1) * (inScope ? NEAR.scope : 1) * recency;
}
