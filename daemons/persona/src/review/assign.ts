import type { CandidateFinding, Category } from '@continuum/contract/finding';
import type { PersonaDefinition } from '@continuum/contract/persona';

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
