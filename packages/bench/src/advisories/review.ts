import { readFileSync } from 'node:fs';
import { createAnalyzerPool } from '@continuum/analyzers/pool/pool';
import type { ChangeSet } from '@continuum/contract/change-set';
import type { CandidateFinding } from '@continuum/contract/finding';
import { Recipe } from '@continuum/contract/persona';
import { dedupe } from '@continuum/review/dedupe';
import { withFingerprints } from '@continuum/review/fingerprint';
import { prior } from '@continuum/review/prior';
import { select } from '@continuum/review/select';

const recipeFile = new URL('../../../../recipes/pull-request-review.json', import.meta.url);

export interface Reviewed {
  /** Every claim of the analyzers, merged where several are one. */
  readonly claims: CandidateFinding[];
  /** What would be posted without a cap, best first. */
  readonly posted: CandidateFinding[];
  /** Time of the analyzers, ms. */
  readonly ms: number;
}

export interface Reviewer {
  review(change: ChangeSet): Promise<Reviewed>;
  close(): Promise<void>;
}

/** Reviews changes as production does for a team that has not taught anything yet; `close` ends the worker thread. */
export function createReviewer(): Reviewer {
  const { threshold } = Recipe.parse(JSON.parse(readFileSync(recipeFile, 'utf8')));
  const pool = createAnalyzerPool();
  return {
    async review(change) {
      const started = performance.now();
      const { findings } = await pool.analyze(change);
      const ms = performance.now() - started;
      const claims = dedupe(findings);
      return { claims, posted: postedOf(claims, threshold), ms };
    },
    close: () => pool.close(),
  };
}

function postedOf(claims: readonly CandidateFinding[], threshold: number): CandidateFinding[] {
  const judged = withFingerprints(claims).map((candidate) => {
    const { score, why } = prior(candidate);
    const verdict = score < threshold ? ('skip' as const) : ('post' as const);
    return { candidate, fingerprint: candidate.fingerprint, score, judgement: { verdict, score, why } };
  });
  const selected = select(judged, { cap: Number.POSITIVE_INFINITY, threshold, declined: new Set() });
  return selected.filter(({ status }) => status === 'posted').map(({ candidate }) => candidate);
}
