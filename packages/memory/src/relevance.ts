import type { Memory } from '@continuum/contract/learning';
import type { ReasonClaims } from './reason/claim.ts';

/** How much a fact that everybody names outweighs one that nobody names. */
const MOST = 4;
/** Mentions at which half of that is reached. */
const HALF = 1;

interface Reasoned {
  readonly memory: Memory;
  readonly claims: ReasonClaims;
}

/** The atoms that people's reasons name, with how much more they count: between 1 and 1 + MOST. */
export function relevanceOf(memories: readonly Reasoned[]): Map<string, number> {
  const mentions = new Map<string, number>();
  for (const { memory, claims } of memories) {
    const named = new Set(claims.claims.flatMap((claim) => claim.atoms));
    for (const atom of named) mentions.set(atom, (mentions.get(atom) ?? 0) + memory.weight);
  }
  return new Map([...mentions].map(([atom, count]) => [atom, 1 + (MOST * count) / (count + HALF)]));
}
