import { readFileSync } from 'node:fs';
import { createAstAnalyzer } from '@continuum/analyzers/ast/analyzer';
import type { ChangeSet } from '@continuum/contract/change-set';
import type { CandidateFinding } from '@continuum/contract/finding';
import { Recipe } from '@continuum/contract/persona';
import { dedupe } from '@continuum/review/dedupe';
import { withFingerprints } from '@continuum/review/fingerprint';
import { prior } from '@continuum/review/prior';
import { select } from '@continuum/review/select';

const recipeFile = new URL('../../../../recipes/pull-request-review.json', import.meta.url);
const { threshold } = Recipe.parse(JSON.parse(readFileSync(recipeFile, 'utf8')));
const analyzers = [createAstAnalyzer()];

export interface Reviewed {
  /** Every claim of the analyzers, merged where several are one. */
  readonly claims: CandidateFinding[];
  /** What would be posted without a cap, best first. */
  readonly posted: CandidateFinding[];
  /** Time of the analyzers, ms. */
  readonly ms: number;
}

/** Reviews a change as production does for a team that has not taught anything yet. */
export async function review(change: ChangeSet): Promise<Reviewed> {
  const started = performance.now();
  const results = await Promise.all(analyzers.map((analyzer) => analyzer.analyze(change)));
  const ms = performance.now() - started;
  const claims = dedupe(results.flatMap(({ findings }) => findings));
  return { claims, posted: postedOf(claims), ms };
}

function postedOf(claims: readonly CandidateFinding[]): CandidateFinding[] {
  const judged = withFingerprints(claims).map((candidate) => {
    const { score, why } = prior(candidate);
    return {
      candidate,
      fingerprint: candidate.fingerprint,
      score,
      judgement: { verdict: score < threshold ? ('skip' as const) : ('post' as const), score, why },
    };
  });
  const selected = select(judged, { cap: Number.POSITIVE_INFINITY, threshold, declined: new Set() });
  return selected.filter(({ status }) => status === 'posted').map(({ candidate }) => candidate);
}
