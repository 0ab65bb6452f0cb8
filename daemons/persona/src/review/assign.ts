import type { CandidateFinding, Category } from '@continuum/contract/finding';
import type { PersonaDefinition } from '@continuum/contract/persona';
import { CI_CLAIM } from '@continuum/review/incremental';

export interface Assigned {
  readonly candidate: CandidateFinding;
  /** Who posts it. */
  readonly persona: PersonaDefinition;
  /** Others whose skills cover it too. */
  readonly agreeing: readonly PersonaDefinition[];
}

/** Gives each candidate to the first persona, in the recipe's order, with a skill for it; what nobody covers is dropped. */
export function assign(candidates: readonly CandidateFinding[], personas: readonly PersonaDefinition[]): Assigned[] {
  return candidates.flatMap((candidate) => {
    const [persona, ...agreeing] = personas.filter((each) => covers(each, candidate));
    return persona === undefined ? [] : [{ candidate, persona, agreeing }];
  });
}

function covers(persona: PersonaDefinition, candidate: CandidateFinding): boolean {
  // Nobody's skill covers the tools of a team's CI: who speaks of such things speaks of theirs.
  if (candidate.claimedBy.every((name) => name.startsWith(CI_CLAIM)) && candidate.claimedBy.length > 0) {
    return fieldOf(persona).includes(candidate.category);
  }
  const analyzer = candidate.rule.slice(0, candidate.rule.indexOf('/'));
  if (analyzer === 'model') return persona.usesModel && fieldOf(persona).includes(candidate.category);
  return persona.skills.some(
    (skill) =>
      skill.analyzer === analyzer &&
      skill.categories.includes(candidate.category) &&
      candidate.confidence >= skill.minConfidence,
  );
}

/** The categories a persona speaks about, whatever found them. */
function fieldOf(persona: PersonaDefinition): readonly Category[] {
  return persona.skills.flatMap((skill) => skill.categories);
}
