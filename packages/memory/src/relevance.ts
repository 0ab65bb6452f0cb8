import type { Memory } from '@continuum/contract/learning';
import type { ReasonClaims } from './reason/claim.ts';

/** How much more a fact that every reason names weighs than one that nobody names. */
const MOST = 4;
/** Imagined reasons that name nothing: a single mention is not yet a habit. */
const SILENT = 2;

interface Reasoned {
  readonly memory: Memory;
  readonly claims: ReasonClaims;
}

/** The atoms that people's reasons name, with how much more they count: between 1 and 1 + MOST. */
export function relevanceOf(memories: readonly Reasoned[]): Map<string, number> {
  const mentions = new Map<string, number>();
  let speaking = SILENT;
  for (const { memory, claims } of memories) {
    const named = new Set(claims.claims.flatMap((claim) => claim.atoms));
    if (named.size > 0) speaking += memory.weight;
    for (const atom of named) mentions.set(atom, (mentions.get(atom) ?? 0) + memory.weight);
  }
  return new Map([...mentions].map(([atom, count]) => [atom, 1 + MOST * Math.sqrt(count / speaking)]));
}
