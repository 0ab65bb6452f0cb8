import type { CommandParsed } from '@continuum/contract/command';
import type { CandidateFinding, Finding, Judgement } from '@continuum/contract/finding';
import type { ScopeId } from '@continuum/contract/ids';
import type { PersonaDefinition, ScopeDefinition } from '@continuum/contract/persona';
import { scopeOf } from '@continuum/genome/scopes';
import { type PathTerms, termsOf } from '@continuum/review/config';
import { withFingerprints } from '@continuum/review/fingerprint';
import type { Assigned } from './assign.ts';

/** A candidate with who would say it, and what the repository's terms are where it stands. */
export interface Question {
  readonly candidate: CandidateFinding;
  readonly fingerprint: string;
  readonly persona: PersonaDefinition;
  readonly agreeing: readonly PersonaDefinition[];
  readonly scope: ScopeId;
  readonly terms: PathTerms;
}

/** What is said of a candidate, and why. */
export interface Said extends Pick<Question, 'candidate' | 'fingerprint' | 'persona' | 'scope'> {
  readonly judgement: Judgement;
  readonly status: 'posted' | 'withheld';
  readonly withheldBecause?: NonNullable<Finding['withheldBecause']>;
}

interface Asked {
  readonly input: Pick<CommandParsed<'review/run'>, 'terms'>;
  readonly assigned: readonly Assigned[];
}

/** Candidates as questions: each with its fingerprint, its scope, and the repository's terms for its path. */
export function toQuestions({ assigned, input }: Asked, scopes: readonly ScopeDefinition[]): Question[] {
  const fingerprinted = withFingerprints(assigned.map(({ candidate }) => candidate));
  return assigned.flatMap(({ persona, agreeing }, index) => {
    const candidate = fingerprinted[index];
    if (candidate === undefined) return [];
    const { path, category, fingerprint } = candidate;
    const terms = termsOf({ rules: input.terms?.rules ?? [] }, path);
    const scope = scopeOf({ path, category }, scopes);
    return [{ candidate, fingerprint, persona, agreeing, scope, terms }];
  });
}
