import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { PersonaDefinition } from '@continuum/contract/persona';
import { scopeChain } from '@continuum/genome/scopes';
import { expertise } from '@continuum/persona/turn';
import { personaOf } from '../personas.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { answerTo } from './answer.ts';

/** Handler of `knowledge/ask`: an answer outside of any room. Throws NOT_FOUND for an unknown persona, CONFIG_INVALID without one. */
export async function ask(
  runtime: PersonaRuntime,
  { question, repo, scope, persona }: CommandParsed<'knowledge/ask'>,
  signal?: AbortSignal,
): Promise<CommandOutput<'knowledge/ask'>> {
  const scopes = scope === undefined ? [] : scopeChain(scope);
  const speaker = persona === undefined ? mostExpert(runtime.personas, question, scopes) : personaOf(runtime, persona);
  const asked = { text: question, repo, scopes, localCode: true, except: new Set<never>() };
  const answer = await answerTo(runtime, speaker, asked, signal === undefined ? {} : { signal });
  return { ...answer, persona: speaker.id };
}

/** The one who knows most about it. Throws CONFIG_INVALID when nobody is there. */
export function mostExpert(
  personas: readonly PersonaDefinition[],
  text: string,
  scopes: Parameters<typeof expertise>[2]['scopes'],
): PersonaDefinition {
  const [best] = personas.toSorted((a, b) => expertise(b, text, { scopes }) - expertise(a, text, { scopes }));
  if (best !== undefined) return best;
  throw new ContinuumError('CONFIG_INVALID', 'there is no persona to ask', {
    next: 'Put a definition under recipes/personas/ or .continuum/personas/.',
  });
}
