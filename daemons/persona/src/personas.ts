import { ContinuumError } from '@continuum/contract/errors';
import type { PersonaDefinition } from '@continuum/contract/persona';
import type { PersonaRuntime } from './runtime.ts';

/** The definition behind a persona id. Throws CONFIG_INVALID when it was taken away. */
export function personaOf(runtime: PersonaRuntime, id: string): PersonaDefinition {
  const persona = runtime.personas.find((each) => each.id === id);
  if (persona !== undefined) return persona;
  throw new ContinuumError('CONFIG_INVALID', `there is no persona ${id}`, {
    next: 'Put its definition under recipes/personas/ or .continuum/personas/, or take it out of the recipe.',
  });
}
