import type { Atoms } from '../atoms.ts';

/** What one phrase of a reason says about findings: any of these atoms is (or, negated, is not) true. */
export interface Claim {
  readonly atoms: readonly string[];
  readonly negated: boolean;
  /** The person's own words. */
  readonly phrase: string;
}

/** A reason as predicates; no claims means that it says nothing that can be checked. */
export interface ReasonClaims {
  readonly claims: readonly Claim[];
  /** The person spoke of the rule as a whole ("we do not care about this rule"). */
  readonly wholeRule: boolean;
}

/** Whether the claim is true of a finding. */
export function holds(claim: Claim, atoms: Atoms): boolean {
  const some = claim.atoms.some((atom) => atoms.facts.has(atom) || atoms.words.has(atom));
  return some !== claim.negated;
}

/** What the claim says about the finding it was said of, one atom each; empty when it is not true of it. */
export function groundsOf(claim: Claim, atoms: Atoms): Claim[] {
  if (!holds(claim, atoms)) return [];
  if (claim.negated) return [claim];
  const own = claim.atoms.filter((atom) => atoms.facts.has(atom) || atoms.words.has(atom));
  return own.map((atom) => ({ ...claim, atoms: [atom] }));
}
