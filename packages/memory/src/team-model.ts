import type { Memory } from '@continuum/contract/learning';
import { type Described, describe, type FeatureSpace, featuresOf, inverseFrequencies, Vocabulary } from './features.ts';
import { fitLogistic, type LogisticFit, type SparseVector } from './logistic.ts';
import type { ReasonClaims } from './reason/claim.ts';
import { understandReason } from './reason/understand.ts';
import { relevanceOf } from './relevance.ts';

/** One correction, as the model holds it. */
export interface Recalled extends Described {
  readonly memory: Memory;
  readonly claims: ReasonClaims;
  readonly vector: SparseVector;
  /** Squared length of the vector. */
  readonly square: number;
}

/** What a team has taught so far: fitted once per set of memories, then asked about any number of findings. */
export interface TeamModel {
  readonly reasons: boolean;
  readonly recalled: readonly Recalled[];
  readonly space: FeatureSpace;
  readonly vocabulary: Vocabulary;
  readonly fit: LogisticFit;
  /** The last word on each fingerprint. */
  readonly byFingerprint: ReadonlyMap<string, Memory>;
}

/** Loss weight of one correction over the penalty on the weights. */
const STRENGTH = 1;
const NOTHING: ReasonClaims = { claims: [], wholeRule: false };

/**
 * Learns a team's taste from its corrections: logistic regression over the facts and words of findings, crossed with
 * their rule, in which the facts that people name in their reasons count for more. Only memories in state `active`
 * take part; the order they come in does not matter. Without `reasons` their words are left out.
 */
export function fitTeamModel(memories: readonly Memory[], options: { readonly reasons: boolean }): TeamModel {
  const active = memories.filter((memory) => memory.state === 'active').sort(byTime);
  const described = active
    .filter(({ weight }) => weight > 0)
    .map((memory) => {
      const known = describe(memory.finding);
      return { ...known, memory, claims: options.reasons ? understandReason(memory.reason, known.atoms) : NOTHING };
    });
  const space = { relevance: relevanceOf(described), idf: inverseFrequencies(described.map(({ atoms }) => atoms)) };
  const vocabulary = new Vocabulary();
  const recalled = described.map((one): Recalled => {
    const vector = vocabulary.vector(featuresOf(one, space), true);
    return { ...one, vector, square: vector.values.reduce((sum, value) => sum + value * value, 0) };
  });
  const examples = recalled.map(({ vector, memory }) => ({ x: vector, y: sign(memory), c: STRENGTH * memory.weight }));
  const fit = fitLogistic(examples, vocabulary.size);
  return { reasons: options.reasons, recalled, space, vocabulary, fit, byFingerprint: lastWords(active) };
}

function sign(memory: Memory): 1 | -1 {
  return memory.verdict === 'affirm' ? 1 : -1;
}

function byTime(a: Memory, b: Memory): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function lastWords(memories: readonly Memory[]): Map<string, Memory> {
  const last = new Map<string, Memory>();
  for (const memory of memories) if (memory.fingerprint !== undefined) last.set(memory.fingerprint, memory);
  return last;
}
