import type { Judgement, Reason } from '@continuum/contract/finding';
import type { Memory, RememberedFinding } from '@continuum/contract/learning';
import { type Described, describe, featuresOf, realmOf, structureOf } from './features.ts';
import { dot, type SparseVector, score, sigmoid } from './logistic.ts';
import { holds } from './reason/claim.ts';
import { scaled } from './sparse-fit.ts';
import type { Recalled, TeamModel } from './team-model.ts';

export interface JudgeInput {
  readonly candidate: RememberedFinding;
  readonly fingerprint: string;
  /** What the reviewer thinks before the team has said anything. */
  readonly prior: { readonly score: number; readonly why: readonly Reason[] };
  readonly model: TeamModel;
  /** Least score to post, in [0, 1]; 0.5 when absent. */
  readonly threshold?: number;
}

const MOST_CITED = 3;
const LEAST_CITED = 0.05;
const PRIOR_LIMIT = 2.5;
/** Similarity to past corrections at which they weigh as much as the prior. */
const SUPPORT_HALF = 0.4;
/** Power of the cosine between two findings. */
const LIKENESS = 6;
/** What each correction after the first adds to the support of all findings, and of those of its rule. */
const BY_COUNT = 0.06;
const BY_RULE = 0.08;
const QUOTE = 160;

/** Decides whether a team wants to see a finding, and says which corrections decided, in log-odds. */
export function judge({ candidate, fingerprint, prior, model, threshold = 0.5 }: JudgeInput): Judgement {
  const last = model.byFingerprint.get(fingerprint);
  if (last?.verdict === 'decline') return { verdict: 'skip', score: 0, why: [...prior.why, declinedBy(last)] };
  const described = describe(candidate);
  const features = featuresOf(described, model.space);
  const vector = scaled(model.vocabulary.vector(features, false), model.fit.scales);
  const support = supportOf(described, vector, squareOf(features, vector, model), model.recalled);
  const trust = support / (support + SUPPORT_HALF);
  const base = Math.max(-PRIOR_LIMIT, Math.min(PRIOR_LIMIT, Math.log(prior.score / (1 - prior.score))));
  const logit = base * (1 - trust) + trust * score(vector, model.fit.weights);
  const probability = model.recalled.length === 0 ? prior.score : sigmoid(logit);
  const verdict = probability >= threshold ? 'post' : 'skip';
  return { verdict, score: probability, why: [...prior.why, ...citations(vector, model, trust)] };
}

/** Squared length with the features that no correction had, so that a stranger does not look alike. */
function squareOf(features: ReadonlyMap<string, number>, known: SparseVector, model: TeamModel): number {
  let square = dot(known, known);
  for (const [name, value] of features) if (!model.vocabulary.has(name)) square += value * value;
  return square;
}

/** How much earlier corrections have to say about a finding; about 1 for each that speaks of exactly this. */
function supportOf(candidate: Described, vector: SparseVector, square: number, recalled: readonly Recalled[]): number {
  const realm = realmOf(candidate.finding);
  const peers = recalled.filter(({ finding }) => realmOf(finding) === realm);
  const sameRule = peers.filter(({ finding }) => finding.rule === candidate.finding.rule).length;
  let sum = BY_RULE * Math.max(0, sameRule - 1) + BY_COUNT * Math.max(0, peers.length - 1);
  for (const one of peers) {
    sum += one.memory.weight * bearing(candidate, one, square * one.square, dot(vector, one.vector));
  }
  return sum;
}

/** A reason bears on what it names and on nothing else; a correction without one on what is nearly the same. */
function bearing({ finding, atoms }: Described, one: Recalled, squares: number, product: number): number {
  if (squares === 0) return 0;
  if (structureOf(finding) === one.structure) return 1;
  const cosine = product / Math.sqrt(squares);
  if (one.grounds.length === 0) return cosine ** LIKENESS;
  const share = one.grounds.filter((claim) => holds(claim, atoms)).length / one.grounds.length;
  return share ** 4 * cosine ** (finding.rule === one.finding.rule ? 3 : LIKENESS);
}

function citations(vector: SparseVector, model: TeamModel, trust: number): Reason[] {
  return model.recalled
    .map((recalled, i) => ({ recalled, weight: trust * (model.fit.alpha[i] ?? 0) * dot(vector, recalled.vector) }))
    .filter(({ weight }) => Math.abs(weight) >= LEAST_CITED)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, MOST_CITED)
    .map(({ recalled, weight }) => cite(recalled.memory, weight));
}

function cite(memory: Memory, weight: number): Reason {
  const act = memory.verdict === 'decline' ? 'declined' : 'affirmed';
  return {
    ...source(memory),
    kind: 'memory',
    text: `${memory.author.name} ${act} a similar finding${quoted(memory)}`,
    weight,
  };
}

function declinedBy(memory: Memory): Reason {
  return { ...source(memory), kind: 'declined', text: `${memory.author.name} declined this finding${quoted(memory)}` };
}

function source(memory: Memory): Pick<Reason, 'memoryId' | 'findingId' | 'author' | 'link'> {
  return {
    memoryId: memory.id,
    author: memory.author.id,
    ...(memory.findingId === undefined ? {} : { findingId: memory.findingId }),
    ...(memory.source.url === undefined ? {} : { link: memory.source.url }),
  };
}

function quoted(memory: Memory): string {
  const text = memory.reason.replace(/\s+/g, ' ').trim();
  if (text === '') return '';
  return `: "${text.length > QUOTE ? `${text.slice(0, QUOTE - 1)}…` : text}"`;
}
