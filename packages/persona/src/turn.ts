import type { Category } from '@continuum/contract/finding';
import type { ScopeId } from '@continuum/contract/ids';
import type { PersonaDefinition } from '@continuum/contract/persona';
import { type Claim, type Situation, shouldRespond } from './attention.ts';
import { interestsIn } from './speech.ts';

/** What a question is about, as far as that is known. */
export interface Topic {
  readonly scopes: readonly ScopeId[];
  readonly category?: Category | undefined;
}

export interface Turn {
  /** Who answers, each once: those asked by name, else the one who knows most of it. */
  readonly speakers: readonly PersonaDefinition[];
  /** Nobody was asked in particular: whoever stands here may answer, if the answer is known. */
  readonly standby: PersonaDefinition | undefined;
  /** One sentence a persona for the log. */
  readonly reasons: readonly string[];
}

const RANK: Record<Claim, number> = { mentioned: 3, 'own-finding': 2, field: 1, team: 1 };

/** Gives the turn to answer a message (PER-2): one voice, the right one; none where a guard against loops says so. */
export function takeTurn(situations: readonly Situation[], topic: Topic): Turn {
  const heard = situations.map((situation) => ({ ...situation, attention: shouldRespond(situation) }));
  const reasons = heard.map(({ persona, attention }) => `${persona.id}: ${attention.reason}`);
  const willing = heard.filter(({ attention }) => attention.respond);
  const named = willing.filter(({ attention }) => attention.claim === 'mentioned');
  if (named.length > 0) return { speakers: named.map(({ persona }) => persona), standby: undefined, reasons };
  const bySkill = (claim: Claim | undefined, { message, persona }: Situation): number =>
    100 * (claim === undefined ? 0 : RANK[claim]) + expertise(persona, message.text, topic);
  const [first] = willing.toSorted((a, b) => bySkill(b.attention.claim, b) - bySkill(a.attention.claim, a));
  if (first !== undefined) return { speakers: [first.persona], standby: undefined, reasons };
  const open = heard.filter(({ attention }) => attention.open === true);
  const [best] = open.toSorted((a, b) => bySkill(undefined, b) - bySkill(undefined, a));
  return { speakers: [], standby: best?.persona, reasons };
}

/** How much of a topic is a persona's own: what it reviews, the scopes it knows, the words it listens to. */
export function expertise(persona: PersonaDefinition, text: string, { scopes, category }: Topic): number {
  const reviews = persona.skills.some(({ categories }) => category !== undefined && categories.includes(category));
  const knows = persona.scopes.filter((scope) => scope !== '/' && scopes.includes(scope));
  const deepest = Math.max(0, ...knows.map((scope) => scope.split('/').length - 2));
  return (reviews ? 8 : 0) + 3 * deepest + Math.min(5, 2 * interestsIn(text, persona.interests).length);
}
