import type { CandidateFinding, Judgement, Reason } from '@continuum/contract/finding';
import type { Memory } from '@continuum/contract/learning';
import { describe, featuresOf } from './features.ts';
import { dot, type SparseVector, score, sigmoid } from './logistic.ts';
import type { Recalled, TeamModel } from './team-model.ts';

export interface JudgeInput {
  readonly candidate: CandidateFinding;
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
const SUPPORT_HALF = 0.5;
const QUOTE = 160;

/** Decides whether a team wants to see a finding, and says which corrections decided, in log-odds. */
export function judge({ candidate, fingerprint, prior, model, threshold = 0.5 }: JudgeInput): Judgement {
  const last = model.byFingerprint.get(fingerprint);
  if (last?.verdict === 'decline') return { verdict: 'skip', score: 0, why: [...prior.why, declinedBy(last)] };
  const vector = model.vocabulary.vector(featuresOf(describe(candidate), model.space), false);
  const support = supportOf(vector, model.recalled);
  const trust = support / (support + SUPPORT_HALF);
  const base = Math.max(-PRIOR_LIMIT, Math.min(PRIOR_LIMIT, Math.log(prior.score / (1 - prior.score))));
  const logit = base * (1 - trust) + trust * score(vector, model.fit.weights);
  const probability = model.recalled.length === 0 ? prior.score : sigmoid(logit);
  const verdict = probability >= threshold ? 'post' : 'skip';
  return { verdict, score: probability, why: [...prior.why, ...citations(vector, model, trust)] };
}

/** How much like the remembered findings this one is: sum of squared cosines. */
function supportOf(vector: SparseVector, recalled: readonly Recalled[]): number {
  const square = dot(vector, vector);
  let sum = 0;
  for (const one of recalled) {
    const scale = square * one.square;
    if (scale > 0) sum += dot(vector, one.vector) ** 2 / scale;
  }
  return sum;
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
