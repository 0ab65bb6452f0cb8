import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import { type PersonaId, ScopeId } from '@continuum/contract/ids';
import type { LayerId } from '@continuum/contract/layer';
import type { KeyValueStore } from '@continuum/contract/ports/store';
import { activeLayers } from '@continuum/genome/active-layers';
import { isWithin, resolveScopes, scopeChain } from '@continuum/genome/scopes';
import type { Runtime } from '@continuum/host/runtime';

const MOST_MEMORIES = 5000;

/**
 * What a persona takes along into a scope: the chain of scopes up to the root, their active memories (counted, at most
 * 5000) and their active layers, outermost scope first, which stay in memory until it leaves. Throws NOT_FOUND for a
 * persona nobody defined, OVERLOADED when the layers do not fit beside those that others hold.
 */
export async function enterScope(
  runtime: Runtime,
  { persona, scope }: CommandParsed<'scope/enter'>,
): Promise<CommandOutput<'scope/enter'>> {
  assertKnown(runtime, persona);
  const chain = chainOf(runtime, scope);
  const memories = await runtime.store.learning.memories({ scopes: chain, state: 'active', limit: MOST_MEMORIES });
  const layers = await holdLayers(runtime, persona, scope);
  await runtime.store.values.set(placeKey(persona), scope);
  await runtime.bus.emit('scope:entered', { persona, scope, chain });
  return { persona, scope, chain, memories: memories.length, layers };
}

/** Lets go of what a persona held. Throws NOT_FOUND for a persona nobody defined. */
export async function leaveScope(
  runtime: Runtime,
  { persona }: CommandParsed<'scope/leave'>,
): Promise<CommandOutput<'scope/leave'>> {
  assertKnown(runtime, persona);
  await runtime.store.values.delete(placeKey(persona));
  return { persona, released: [...runtime.policy.release(persona)] };
}

/** Personas hold again what they held before the restart; one whose layers cannot be had is named in the log. */
export async function restoreHolds(runtime: Runtime): Promise<void> {
  for (const { id, scope } of await placed(runtime)) {
    await holdLayers(runtime, id, scope).catch((error: unknown) =>
      runtime.log.warn({ err: error, persona: id, scope }, 'a persona cannot hold the layers of its scope'),
    );
  }
}

/** The layers of a scope changed: whoever is in it or below holds the new ones. Requests in flight keep theirs. */
export async function refreshHolds(runtime: Runtime, changed: ScopeId): Promise<void> {
  for (const { id, scope } of await placed(runtime)) {
    if (isWithin(scope, changed)) await holdLayers(runtime, id, scope);
  }
}

/** The scope a persona entered last and did not leave, if any. */
export async function currentScope(values: KeyValueStore, persona: PersonaId): Promise<ScopeId | undefined> {
  return ScopeId.safeParse(await values.get(placeKey(persona))).data;
}

async function placed({ personas, store }: Runtime): Promise<{ id: PersonaId; scope: ScopeId }[]> {
  const places = await Promise.all(
    personas.map(async ({ id }) => ({ id, scope: await currentScope(store.values, id) })),
  );
  return places.flatMap(({ id, scope }) => (scope === undefined ? [] : [{ id, scope }]));
}

async function holdLayers(runtime: Runtime, persona: PersonaId, scope: ScopeId): Promise<LayerId[]> {
  const layers = await activeLayers(runtime.store.values, chainOf(runtime, scope));
  await runtime.policy.hold(persona, layers);
  return layers;
}

/** Memories may lie in a scope that lost its definition; the entered scope itself always counts. */
function chainOf(runtime: Runtime, scope: ScopeId): ScopeId[] {
  const defined = new Set(resolveScopes(scope, runtime.scopes));
  return scopeChain(scope).filter((id) => id === scope || defined.has(id));
}

function assertKnown({ personas }: Runtime, persona: PersonaId): void {
  if (personas.some(({ id }) => id === persona)) return;
  const known = personas.map(({ id }) => id).join(', ');
  throw new ContinuumError('NOT_FOUND', `there is no persona ${persona}`, { next: `Use one of: ${known}.` });
}

function placeKey(persona: PersonaId): string {
  return `genome:scope-of:${persona}`;
}
