import type { Finding, Review } from '@continuum/contract/finding';
import type { PersonaDefinition } from '@continuum/contract/persona';

/** What a review came to, wherever it was done. */
export interface Outcome {
  readonly review: Review;
  /** Posted and withheld. */
  readonly findings: readonly Finding[];
  readonly personas: readonly PersonaDefinition[];
  /** What the repository should keep from now on; absent when it keeps all of it already. */
  readonly lessons?: { readonly jsonl: string; readonly added: number };
  /** What a reader should know about how this came about, one sentence each. */
  readonly notes: readonly string[];
}
