import type { Memory } from '@continuum/contract/learning';
import {
  type Described,
  describe,
  type FeatureSpace,
  featuresOf,
  inverseFrequencies,
  structureOf,
  Vocabulary,
} from './features.ts';
import { dot, type SparseVector } from './logistic.ts';
import { type Claim, groundsOf } from './reason/claim.ts';
import { understandReason } from './reason/understand.ts';
import { relevanceOf } from './relevance.ts';
import { fitSparse, type Lesson, type SparseFit } from './sparse-fit.ts';

/** One correction, as the model holds it. */
export interface Recalled extends Described {
  readonly memory: Memory;
  /** What the reason says that is true of the finding it was said about. */
  readonly grounds: readonly Claim[];
  /** Scaled features. */
  readonly vector: SparseVector;
  /** Rule and deciding facts, to see the same thing again. */
  readonly structure: string;
  /** Squared length of the vector. */
  readonly square: number;
}

/** What a team has taught so far: fitted once per set of memories, then asked about any number of findings. */
export interface TeamModel {
  readonly reasons: boolean;
  readonly recalled: readonly Recalled[];
  readonly space: FeatureSpace;
  readonly vocabulary: Vocabulary;
  readonly fit: SparseFit;
  /** The last word on each fingerprint. */
  readonly byFingerprint: ReadonlyMap<string, Memory>;
}

/**
 * Learns a team's taste from its corrections: logistic regression over the facts and words of findings, alone and
 * crossed with their rule, in which the facts that people name in their reasons count for more. Only memories in state
 * `active` take part; the order they come in does not matter. Without `reasons` their words are left out.
 */
export function fitTeamModel(memories: readonly Memory[], options: { readonly reasons: boolean }): TeamModel {
  const active = memories.filter((memory) => memory.state === 'active').sort(byTime);
  const described = active
    .filter(({ weight }) => weight > 0)
    .map((memory) => {
      const known = describe(memory.finding);
      const claims = options.reasons ? understandReason(memory.reason, known.atoms) : { claims: [], wholeRule: false };
      return { ...known, memory, claims };
    });
  const space = {
    relevance: relevanceOf(described),
    idf: inverseFrequencies(described.map(({ atoms }) => atoms)),
    documents: described.length,
  };
  const vocabulary = new Vocabulary();
  const lessons = described.map((one) => toLesson(one.memory, vocabulary.vector(featuresOf(one, space), true)));
  const fit = fitSparse(lessons, vocabulary.size);
  const recalled = described.map(({ claims, ...one }, i): Recalled => {
    const vector = fit.vectors[i] ?? { indices: new Int32Array(), values: new Float64Array() };
    const grounds = claims.claims.flatMap((claim) => groundsOf(claim, one.atoms));
    return { ...one, grounds, structure: structureOf(one.finding), vector, square: dot(vector, vector) };
  });
  return { reasons: options.reasons, recalled, space, vocabulary, fit, byFingerprint: lastWords(active) };
}

function toLesson(memory: Memory, x: SparseVector): Lesson {
  return { x, y: memory.verdict === 'affirm' ? 1 : -1, weight: memory.weight, author: memory.author.id };
}

function byTime(a: Memory, b: Memory): number {
  return compare(a.at, b.at) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function lastWords(memories: readonly Memory[]): Map<string, Memory> {
  const last = new Map<string, Memory>();
  for (const memory of memories) if (memory.fingerprint !== undefined) last.set(memory.fingerprint, memory);
  return last;
}
