import { type PersonaId, ScopeId } from '@continuum/contract/ids';
import type { LayerId } from '@continuum/contract/layer';
import type { KeyValueStore } from '@continuum/contract/ports/store';
import { activeLayers } from '@continuum/genome/active-layers';
import { isWithin, resolveScopes, scopeChain } from '@continuum/genome/scopes';
import type { Core, Parts } from './runtime.ts';

/** What it takes to keep the layers of personas in memory. */
export type HoldParts = Pick<Core, 'store' | 'log' | 'personas' | 'scopes'> & Pick<Parts, 'policy'>;

/** Writes down where a persona is; nowhere when `scope` is undefined. */
export async function setPlace(values: KeyValueStore, persona: PersonaId, scope: ScopeId | undefined): Promise<void> {
  if (scope === undefined) await values.delete(placeKey(persona));
  else await values.set(placeKey(persona), scope);
}

/** The scope a persona entered last and did not leave, if any. */
export async function currentScope(values: KeyValueStore, persona: PersonaId): Promise<ScopeId | undefined> {
  return ScopeId.safeParse(await values.get(placeKey(persona))).data;
}

/** The chain of scopes up to the root. One may have lost its definition; the scope itself always counts. */
export function chainOf({ scopes }: Pick<Core, 'scopes'>, scope: ScopeId): ScopeId[] {
  const defined = new Set(resolveScopes(scope, scopes));
  return scopeChain(scope).filter((id) => id === scope || defined.has(id));
}

/** Keeps the active layers of a scope and those above in memory for a persona, outermost first. Throws what the policy throws. */
export async function holdLayers(parts: HoldParts, persona: PersonaId, scope: ScopeId): Promise<LayerId[]> {
  const layers = await activeLayers(parts.store.values, chainOf(parts, scope));
  await parts.policy.hold(persona, layers);
  return layers;
}

/**
 * Every persona holds what its place says: after a start, and wherever another process may have moved it. One whose layers
 * cannot be had is named in the log.
 */
export async function syncHolds(parts: HoldParts): Promise<void> {
  for (const { id } of parts.personas) {
    const scope = await currentScope(parts.store.values, id);
    if (scope === undefined) parts.policy.release(id);
    else {
      await holdLayers(parts, id, scope).catch((error: unknown) =>
        parts.log.warn({ err: error, persona: id, scope }, 'a persona cannot hold the layers of its scope'),
      );
    }
  }
}

/** The layers of a scope changed: whoever is in it or below holds the new ones. Requests in flight keep theirs. */
export async function refreshHolds(parts: HoldParts, changed: ScopeId): Promise<void> {
  for (const { id } of parts.personas) {
    const scope = await currentScope(parts.store.values, id);
    if (scope !== undefined && isWithin(scope, changed)) await holdLayers(parts, id, scope);
  }
}

function placeKey(persona: PersonaId): string {
  return `genome:scope-of:${persona}`;
}
