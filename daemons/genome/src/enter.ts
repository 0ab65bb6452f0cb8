import { join } from 'node:path';
import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { EventPayload } from '@continuum/contract/event';
import { type PersonaId, ScopeId } from '@continuum/contract/ids';
import type { LayerManifest } from '@continuum/contract/layer';
import type { KeyValueStore } from '@continuum/contract/ports/store';
import { resolveScopes, scopeChain } from '@continuum/genome/scopes';
import type { Runtime } from '@continuum/host/runtime';
import { readLayers } from './layers.ts';

const MOST_MEMORIES = 5000;

/** All layers on disk under `<home>/genome`. */
export function listLayers({ settings, log }: Runtime): Promise<LayerManifest[]> {
  return readLayers(join(settings.home, 'genome'), log);
}

/**
 * What a persona takes along into a scope: the chain of scopes up to the root, their active memories (counted, at most
 * 5000) and their active layers, narrowest scope first. Throws NOT_FOUND for a persona nobody defined.
 */
export async function enterScope(
  runtime: Runtime,
  { persona, scope }: CommandParsed<'scope/enter'>,
): Promise<CommandOutput<'scope/enter'>> {
  if (!runtime.personas.some(({ id }) => id === persona)) {
    const known = runtime.personas.map(({ id }) => id).join(', ');
    throw new ContinuumError('NOT_FOUND', `there is no persona ${persona}`, { next: `Use one of: ${known}.` });
  }
  const chain = chainOf(runtime, scope);
  const filter = { scopes: chain, state: 'active', limit: MOST_MEMORIES } as const;
  const memories = await runtime.store.learning.memories(filter);
  const layers = activeIn(await listLayers(runtime), chain);
  await runtime.bus.emit('scope:entered', { persona, scope, chain });
  return { persona, scope, chain, memories: memories.length, layers };
}

/** Memories may lie in a scope that lost its definition; the entered scope itself always counts. */
function chainOf(runtime: Runtime, scope: ScopeId): ScopeId[] {
  const defined = new Set(resolveScopes(scope, runtime.scopes));
  return scopeChain(scope).filter((id) => id === scope || defined.has(id));
}

function activeIn(layers: readonly LayerManifest[], chain: readonly ScopeId[]): string[] {
  const active = layers.filter(({ state }) => state === 'active');
  return chain.flatMap((scope) => active.filter((layer) => layer.scope === scope).map(({ id }) => id));
}

function placeKey(persona: PersonaId): string {
  return `genome:scope-of:${persona}`;
}

/** Remembers where a persona is. */
export async function recordEntry(
  values: KeyValueStore,
  { persona, scope }: EventPayload<'scope:entered'>,
): Promise<void> {
  await values.set(placeKey(persona), scope);
}

/** The scope a persona entered last, if any. */
export async function currentScope(values: KeyValueStore, persona: PersonaId): Promise<ScopeId | undefined> {
  return ScopeId.safeParse(await values.get(placeKey(persona))).data;
}
