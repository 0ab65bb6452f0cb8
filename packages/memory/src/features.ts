import type { RememberedFinding } from '@continuum/contract/learning';
import { type Atoms, atomsOf } from './atoms.ts';
import type { SparseVector } from './logistic.ts';

/** How much an atom matters beyond its kind, learned from the reasons: 1 when nobody named it. */
export type Relevance = ReadonlyMap<string, number>;

export interface FeatureSpace {
  readonly relevance: Relevance;
  /** Inverse document frequency of each word atom. */
  readonly idf: ReadonlyMap<string, number>;
  /** How many findings the frequencies were counted over. */
  readonly documents: number;
}

/** Prior standard deviations of the weights by kind of feature: the learner's only constants of scale. */
export const SCALE = {
  intercept: 0.5,
  rule: 1.5,
  fact: 0.8,
  factOfRule: 0.5,
  words: 2,
  wordsOfRule: 0.8,
  structure: 0.8,
  recurrence: 1.5,
} as const;

/** Categories that learn alone: what is said about other findings never touches them. */
const APART = new Set(['secret', 'licence']);

export interface Described {
  readonly finding: RememberedFinding;
  readonly atoms: Atoms;
}

/** A finding beside its atoms. */
export function describe(finding: RememberedFinding): Described {
  return { finding, atoms: atomsOf(finding) };
}

/** Findings of different realms teach each other nothing; most share the unnamed one. */
export function realmOf({ category }: RememberedFinding): string {
  return APART.has(category) ? `${category}|` : '';
}

/** Named features and their values; a value is the prior standard deviation of the feature's weight. */
export function featuresOf({ finding, atoms }: Described, space: FeatureSpace): Map<string, number> {
  const apart = realmOf(finding);
  const features = new Map<string, number>([
    [`${apart}all`, SCALE.intercept],
    [`${apart}rule=${finding.rule}`, SCALE.rule],
    [`structure ${structureOf(finding)}`, SCALE.structure],
    [`recurrence ${structureOf(finding)} ${finding.evidence.replace(/\s+/g, '')}`, SCALE.recurrence],
  ]);
  const put = (atom: string, shared: number, ofRule: number): void => {
    const relevance = space.relevance.get(atom) ?? 1;
    features.set(`${apart}${atom}`, shared * relevance);
    features.set(`${apart}${finding.rule} ${atom}`, ofRule * relevance);
  };
  for (const atom of atoms.facts) put(atom, SCALE.fact, SCALE.factOfRule);
  for (const [atom, value] of weighedWords(atoms, space)) put(atom, SCALE.words * value, SCALE.wordsOfRule * value);
  return features;
}

/** Rule and the facts that decide whether a claim is true: equal wherever the same thing recurs. */
export function structureOf({ rule, facts }: RememberedFinding): string {
  const { pathClass, role, origins, guards, sanitizers, callee } = facts;
  return JSON.stringify([rule, pathClass, role, origins, guards, sanitizers, callee]);
}

/** TF-IDF weights of the words, of Euclidean length 1. */
function weighedWords(atoms: Atoms, space: FeatureSpace): [string, number][] {
  const weighed = [...atoms.words].map((word): [string, number] => [word, space.idf.get(word) ?? rarest(space)]);
  const length = Math.hypot(...weighed.map(([, value]) => value)) || 1;
  return weighed.map(([word, value]) => [word, value / length]);
}

function rarest({ documents }: FeatureSpace): number {
  return Math.log(1 + documents) + 1;
}

/** Smoothed inverse document frequencies over the remembered findings. */
export function inverseFrequencies(documents: readonly Atoms[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { words } of documents) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return new Map([...counts].map(([word, count]) => [word, Math.log((1 + documents.length) / (1 + count)) + 1]));
}

/** Names to indices, growing while learning and fixed while judging. */
export class Vocabulary {
  readonly #indices = new Map<string, number>();

  get size(): number {
    return this.#indices.size;
  }

  has(name: string): boolean {
    return this.#indices.has(name);
  }

  /** The vector of the features; with `grow`, unknown names get an index, without they are left out. */
  vector(features: ReadonlyMap<string, number>, grow: boolean): SparseVector {
    const pairs: [number, number][] = [];
    for (const [name, value] of features) {
      const known = this.#indices.get(name);
      if (value === 0 || (known === undefined && !grow)) continue;
      const index = known ?? this.#indices.size;
      if (known === undefined) this.#indices.set(name, index);
      pairs.push([index, value]);
    }
    pairs.sort(([a], [b]) => a - b);
    return {
      indices: Int32Array.from(pairs, ([index]) => index),
      values: Float64Array.from(pairs, ([, value]) => value),
    };
  }
}
