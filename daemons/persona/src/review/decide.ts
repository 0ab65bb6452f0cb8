import type { CommandParsed } from '@continuum/contract/command';
import type { CandidateFinding, Finding, Judgement, Reason, Review } from '@continuum/contract/finding';
import type { ScopeId } from '@continuum/contract/ids';
import type { PersonaDefinition, Recipe } from '@continuum/contract/persona';
import { recordTrial, type TrialRecord } from '@continuum/genome/active-layers';
import { scopeOf } from '@continuum/genome/scopes';
import { withFingerprints } from '@continuum/review/fingerprint';
import { type Selected, select } from '@continuum/review/select';
import { findingIdIn, withDecisions } from '../editor/findings.ts';
import { shownFindings } from '../findings.ts';
import type { Assigned } from './assign.ts';
import type { ReviewParts } from './parts.ts';

interface Deciding {
  readonly input: CommandParsed<'review/run'>;
  readonly review: Review;
  readonly recipe: Recipe;
  readonly assigned: readonly Assigned[];
  readonly signal: AbortSignal | undefined;
}

interface Judged {
  readonly candidate: CandidateFinding;
  readonly fingerprint: string;
  readonly persona: PersonaDefinition;
  readonly scope: ScopeId;
  readonly judgement: Judgement;
  readonly score: number;
  /** What a layer on trial thought of it. */
  readonly trial: TrialRecord | undefined;
}

/** Judges every candidate with what the team taught, then posts the best of them up to the cap. */
export async function decide(parts: ReviewParts, deciding: Deciding): Promise<Finding[]> {
  const { input, review, recipe } = deciding;
  const judged = await judgeAll(parts, deciding);
  const raised = input.dryRun ? new Map<string, Finding>() : await raisedBefore(parts, review);
  const fresh = judged.filter((each) => !raised.has(each.fingerprint));
  const options = { cap: input.cap ?? recipe.cap, threshold: recipe.threshold, declined: declinedAmong(fresh) };
  // Who asks for a number gets it, whoever says it.
  const groupOf = ({ persona: { name, cap } }: Judged) => ({ name, cap: input.cap ?? cap });
  const selected = select(fresh, { ...options, groupOf });
  const repeated = judged.flatMap((each) => {
    const earlier = raised.get(each.fingerprint);
    return earlier === undefined ? [] : [repeat(each, earlier)];
  });
  const now = parts.runtime.now();
  const decided = [...selected, ...repeated].map((each) => ({
    each,
    finding: toFinding(each, review, now.toISOString()),
  }));
  if (!input.dryRun) {
    for (const { each, finding } of decided) {
      if (each.trial !== undefined) await recordTrial(parts.runtime.store.values, finding.id, each.trial, now);
    }
  }
  const findings = decided.map(({ finding }) => finding);
  return review.trigger === 'editor' ? withDecisions(parts.runtime.store.reviews, findings) : findings;
}

async function judgeAll(parts: ReviewParts, deciding: Deciding): Promise<Judged[]> {
  const { input, review, recipe, assigned, signal } = deciding;
  const judge = await parts.judges.judgeFor(input.change.repo, input.arm);
  const questions = withFingerprints(assigned.map((each) => each.candidate)).map((candidate) => ({
    candidate,
    fingerprint: candidate.fingerprint,
    scope: scopeOf({ path: candidate.path, category: candidate.category }, parts.runtime.scopes),
  }));
  const decisions = await judge.decide(questions, {
    threshold: recipe.threshold,
    ...pullRequestKey(review),
    ...(signal === undefined ? {} : { signal }),
  });
  return assigned.flatMap(({ persona, agreeing }, index) => {
    const question = questions[index];
    const decision = decisions[index];
    if (question === undefined || decision === undefined) return [];
    const { judgement, trial } = decision;
    const why = [...judgement.why, ...agreement(agreeing)];
    return [{ ...question, persona, judgement: { ...judgement, why }, score: judgement.score, trial }];
  });
}

/** A canary decides all of a pull request or nothing of it. */
function pullRequestKey({ repo, pr }: Review): { readonly key?: string } {
  return pr === undefined ? {} : { key: `${repo}#${pr}` };
}

function agreement(agreeing: readonly PersonaDefinition[]): Reason[] {
  if (agreeing.length === 0) return [];
  return [{ kind: 'consensus', text: `${agreeing.map((persona) => persona.name).join(', ')} sees it too.` }];
}

/** What this pull request was told already: said once, not again on every push. */
async function raisedBefore(parts: ReviewParts, review: Review): Promise<Map<string, Finding>> {
  if (review.pr === undefined) return new Map();
  const shown = await shownFindings(parts.runtime.store.reviews, { repo: review.repo, pr: review.pr });
  const raised = shown.filter((finding) => finding.reviewId !== review.id);
  return new Map(raised.map((finding) => [finding.fingerprint, finding]));
}

/** Fingerprints that the judge recognised as declined by a person. */
function declinedAmong(judged: readonly Judged[]): Set<string> {
  const declined = judged.filter(({ judgement }) => judgement.why.some(({ kind }) => kind === 'declined'));
  return new Set(declined.map(({ fingerprint }) => fingerprint));
}

function repeat(judged: Judged, earlier: Finding): Selected<Judged> {
  const reason: Reason = {
    kind: 'duplicate',
    text: `Raised before on this pull request and ${earlier.status}.`,
    findingId: earlier.id,
    ...(earlier.url === undefined ? {} : { link: earlier.url }),
  };
  const judgement = { ...judged.judgement, why: [...judged.judgement.why, reason] };
  const withheldBecause = earlier.status === 'declined' ? 'declined' : 'duplicate';
  return { ...judged, judgement, status: 'withheld', withheldBecause };
}

function toFinding(selected: Selected<Judged>, review: Review, at: string): Finding {
  return {
    ...selected.candidate,
    fingerprint: selected.fingerprint,
    id: findingIdIn(review, selected.fingerprint),
    reviewId: review.id,
    repo: review.repo,
    ...(review.pr === undefined ? {} : { pr: review.pr }),
    persona: selected.persona.id,
    scope: selected.scope,
    judgement: selected.judgement,
    status: selected.status,
    ...(selected.withheldBecause === undefined ? {} : { withheldBecause: selected.withheldBecause }),
    at,
  };
}
