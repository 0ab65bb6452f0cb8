import type { CommandParsed } from '@continuum/contract/command';
import type { Finding, Judgement, Reason, Review } from '@continuum/contract/finding';
import type { PersonaDefinition, Recipe } from '@continuum/contract/persona';
import { recordTrial, type TrialRecord } from '@continuum/genome/active-layers';
import { type Selected, select } from '@continuum/review/select';
import { findingIdIn, withDecisions } from '../editor/findings.ts';
import type { Assigned } from './assign.ts';
import { type Earlier, earlierOn, linesOf, sortOut, unwanted } from './earlier.ts';
import type { ReviewParts } from './parts.ts';
import { type Question, type Said, toQuestions } from './question.ts';

interface Deciding {
  readonly input: CommandParsed<'review/run'>;
  readonly review: Review;
  readonly recipe: Recipe;
  readonly assigned: readonly Assigned[];
  readonly signal: AbortSignal | undefined;
}

interface Judged extends Question {
  readonly judgement: Judgement;
  readonly score: number;
  /** What a layer on trial thought of it. */
  readonly trial: TrialRecord | undefined;
}

/** Judges every candidate that is new with what the team taught, then posts the best of them up to the cap. */
export async function decide(parts: ReviewParts, deciding: Deciding): Promise<Finding[]> {
  const { input, review } = deciding;
  const earlier: Earlier = input.dryRun ? new Map() : await earlierOn(parts.runtime.store.reviews, review);
  const { open, settled } = sortOut(toQuestions(deciding, parts.runtime.scopes), earlier, linesOf(input));
  const wanted = open.filter(({ terms, candidate }) => !terms.off.has(candidate.category));
  const off = open.filter(({ terms, candidate }) => terms.off.has(candidate.category));
  const judged = await judgeAll(parts, deciding, wanted);
  const selected = choose(judged, deciding);
  const now = parts.runtime.now();
  if (!input.dryRun) await recordTrials(parts, selected, review, now);
  const said = [...selected, ...off.map(unwanted), ...settled];
  const findings = said.map((each) => toFinding(each, review, now.toISOString()));
  return review.trigger === 'editor' ? withDecisions(parts.runtime.store.reviews, findings) : findings;
}

function choose(judged: readonly Judged[], { input, recipe }: Deciding): Selected<Judged>[] {
  return select(judged, {
    cap: input.cap ?? input.terms?.cap ?? recipe.cap,
    threshold: (each) => thresholdOf(each, input, recipe),
    declined: declinedAmong(judged),
    // Who asks for a number gets it, whoever says it.
    groupsOf: ({ persona: { name, cap }, terms }) =>
      input.cap === undefined
        ? [{ name, cap }, ...(terms.cap === undefined ? [] : [terms.cap])]
        : [{ name, cap: input.cap }],
  });
}

function thresholdOf({ terms }: Question, input: CommandParsed<'review/run'>, recipe: Recipe): number {
  return terms.threshold ?? input.terms?.threshold ?? recipe.threshold;
}

async function judgeAll(
  parts: ReviewParts,
  { input, review, recipe, signal }: Deciding,
  questions: readonly Question[],
): Promise<Judged[]> {
  const judge = await parts.judges.judgeFor(input.change.repo, input.arm);
  const judged: Judged[] = [];
  for (const [threshold, group] of Map.groupBy(questions, (each) => thresholdOf(each, input, recipe))) {
    const options = { threshold, ...pullRequestKey(review), ...(signal === undefined ? {} : { signal }) };
    const decisions = await judge.decide(group, options);
    for (const [index, question] of group.entries()) {
      const decision = decisions[index];
      if (decision === undefined) continue;
      const { judgement, trial } = decision;
      const why = [...judgement.why, ...agreement(question.agreeing)];
      judged.push({ ...question, judgement: { ...judgement, why }, score: judgement.score, trial });
    }
  }
  return judged;
}

/** A canary decides all of a pull request or nothing of it. */
function pullRequestKey({ repo, pr }: Review): { readonly key?: string } {
  return pr === undefined ? {} : { key: `${repo}#${pr}` };
}

function agreement(agreeing: readonly PersonaDefinition[]): Reason[] {
  if (agreeing.length === 0) return [];
  return [{ kind: 'consensus', text: `${agreeing.map((persona) => persona.name).join(', ')} sees it too.` }];
}

/** Fingerprints that the judge recognised as declined by a person. */
function declinedAmong(judged: readonly Judged[]): Set<string> {
  const declined = judged.filter(({ judgement }) => judgement.why.some(({ kind }) => kind === 'declined'));
  return new Set(declined.map(({ fingerprint }) => fingerprint));
}

async function recordTrials(
  { runtime }: ReviewParts,
  judged: readonly Judged[],
  review: Review,
  now: Date,
): Promise<void> {
  for (const { trial, fingerprint } of judged) {
    if (trial !== undefined) await recordTrial(runtime.store.values, findingIdIn(review, fingerprint), trial, now);
  }
}

function toFinding(said: Said, review: Review, at: string): Finding {
  return {
    ...said.candidate,
    fingerprint: said.fingerprint,
    id: findingIdIn(review, said.fingerprint),
    reviewId: review.id,
    repo: review.repo,
    ...(review.pr === undefined ? {} : { pr: review.pr }),
    persona: said.persona.id,
    scope: said.scope,
    judgement: said.judgement,
    status: said.status,
    ...(said.withheldBecause === undefined ? {} : { withheldBecause: said.withheldBecause }),
    at,
  };
}
