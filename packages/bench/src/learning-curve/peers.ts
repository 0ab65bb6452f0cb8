import type { CandidateFinding } from '@continuum/contract/finding';
import { fitLogistic, type LogisticExample, type SparseVector, score } from '@continuum/memory/logistic';

/** One labelled finding, as the peers see it: words are not theirs to read. */
export interface Labelled {
  readonly finding: CandidateFinding;
  readonly wanted: boolean;
}

/** Decides on a finding after having seen labels; undefined where it has nothing to go by. */
export type Peer = (finding: CandidateFinding) => boolean | undefined;

const RULE_WEIGHT = 2;
const L2 = 0.003;
const NEIGHBOURS = 5;
const PRIOR_STRENGTH = 2;

/** Logistic regression over TF-IDF tokens and a rule indicator of value 2; mean log loss + 0.003/2 |w|^2. */
export function tfidfPeer(seen: readonly Labelled[]): Peer {
  if (seen.length === 0) return () => undefined;
  const space = new TokenSpace(seen.map(({ finding }) => finding));
  const c = 1 / (L2 * seen.length);
  const examples = seen.map(
    ({ finding, wanted }): LogisticExample => ({ x: withRule(space, finding), y: wanted ? 1 : -1, c }),
  );
  const { weights } = fitLogistic(examples, space.size + 1 + space.rules);
  return (finding) => score(withRule(space, finding), weights) >= 0;
}

/** The share of wanted findings per rule, drawn to the overall share by a beta prior of strength 2. */
export function ruleRatePeer(seen: readonly Labelled[]): Peer {
  if (seen.length === 0) return () => undefined;
  const overall = (seen.filter(({ wanted }) => wanted).length + 1) / (seen.length + 2);
  const byRule = Map.groupBy(seen, ({ finding }) => finding.rule);
  return ({ rule }) => {
    const known = byRule.get(rule) ?? [];
    const positive = known.filter(({ wanted }) => wanted).length;
    return (positive + PRIOR_STRENGTH * overall) / (known.length + PRIOR_STRENGTH) >= 0.5;
  };
}

/** The majority of the five nearest by TF-IDF cosine, rule token included. */
export function knnPeer(seen: readonly Labelled[]): Peer {
  if (seen.length === 0) return () => undefined;
  const space = new TokenSpace(seen.map(({ finding }) => finding));
  const known = seen.map(({ finding, wanted }) => ({ tokens: space.weigh(finding), wanted }));
  return (finding) => {
    const tokens = space.weigh(finding);
    const near = known
      .map((one) => ({ wanted: one.wanted, cosine: cosine(tokens, one.tokens) }))
      .sort((a, b) => b.cosine - a.cosine);
    const votes = near.slice(0, NEIGHBOURS);
    return votes.filter(({ wanted }) => wanted).length * 2 >= votes.length;
  };
}

function withRule(space: TokenSpace, finding: CandidateFinding): SparseVector {
  const tokens = [...space.weigh(finding)].sort(([a], [b]) => a - b);
  const rule = space.ruleIndex(finding.rule);
  const pairs: [number, number][] = [...tokens, [space.size, 1]];
  if (rule !== undefined) pairs.push([space.size + 1 + rule, RULE_WEIGHT]);
  return { indices: Int32Array.from(pairs, ([i]) => i), values: Float64Array.from(pairs, ([, value]) => value) };
}

/** TF-IDF vectors of Euclidean length 1 over the tokens seen. */
class TokenSpace {
  readonly #indices = new Map<string, number>();
  readonly #idf: number[] = [];
  readonly #rules = new Map<string, number>();

  constructor(findings: readonly CandidateFinding[]) {
    const counts = new Map<string, number>();
    for (const finding of findings) {
      for (const token of new Set(tokensOf(finding))) counts.set(token, (counts.get(token) ?? 0) + 1);
      if (!this.#rules.has(finding.rule)) this.#rules.set(finding.rule, this.#rules.size);
    }
    for (const [token, count] of counts) {
      this.#indices.set(token, this.#idf.length);
      this.#idf.push(Math.log((1 + findings.length) / (1 + count)) + 1);
    }
  }

  get size(): number {
    return this.#idf.length;
  }

  get rules(): number {
    return this.#rules.size;
  }

  ruleIndex(rule: string): number | undefined {
    return this.#rules.get(rule);
  }

  weigh(finding: CandidateFinding): Map<number, number> {
    const weights = new Map<number, number>();
    for (const token of tokensOf(finding)) {
      const index = this.#indices.get(token);
      if (index !== undefined) weights.set(index, (weights.get(index) ?? 0) + (this.#idf[index] ?? 0));
    }
    const length = Math.hypot(...weights.values()) || 1;
    return new Map([...weights].map(([index, value]) => [index, value / length]));
  }
}

/** Tokens of rule, path, evidence, title and severity. */
function tokensOf({ rule, path, evidence, title, severity }: CandidateFinding): string[] {
  return [`rule:${rule}`, `severity:${severity}`, ...tokens(path), ...tokens(evidence), ...tokens(title)];
}

function tokens(text: string): string[] {
  return (text.match(/[A-Za-z_$][\w$]*|\d+|[^\s\w]/g) ?? []).map((token) => token.toLowerCase());
}

function cosine(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const [index, value] of a) sum += value * (b.get(index) ?? 0);
  return sum;
}
