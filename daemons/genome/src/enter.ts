import type { CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import type { PersonaId } from '@continuum/contract/ids';
import { activeLayers } from '@continuum/genome/active-layers';
import { chainOf, currentScope, holdLayers, setPlace } from '@continuum/host/holds';
import { transactAndTell } from '@continuum/host/tell';
import type { GenomeRuntime } from './runtime.ts';

const MOST_MEMORIES = 5000;

export interface HoldOptions {
  /** Whether the personas of this deployment judge in this process, so that their layers are kept here. */
  readonly keepsHolds: boolean;
}

/**
 * What a persona takes along into a scope: the chain of scopes up to the root, their active memories (counted, at most
 * 5000) and their active layers, outermost scope first, which stay in memory until it leaves. Throws NOT_FOUND for a
 * persona nobody defined, OVERLOADED when the layers are kept here and do not fit beside those that others hold.
 */
export async function enterScope(
  runtime: GenomeRuntime,
  { persona, scope }: CommandParsed<'scope/enter'>,
  { keepsHolds }: HoldOptions,
): Promise<CommandOutput<'scope/enter'>> {
  assertKnown(runtime, persona);
  const chain = chainOf(runtime, scope);
  const { values, learning } = runtime.store;
  const memories = await learning.memories({ scopes: chain, state: 'active', limit: MOST_MEMORIES });
  const layers = keepsHolds ? await holdLayers(runtime, persona, scope) : await activeLayers(values, chain);
  await transactAndTell(runtime, async (store, tell) => {
    await setPlace(store.values, persona, scope);
    await tell('scope:entered', { persona, scope, chain });
  });
  return { persona, scope, chain, memories: memories.length, layers };
}

/** Lets go of what a persona held. Throws NOT_FOUND for a persona nobody defined. */
export async function leaveScope(
  runtime: GenomeRuntime,
  { persona }: CommandParsed<'scope/leave'>,
  { keepsHolds }: HoldOptions,
): Promise<CommandOutput<'scope/leave'>> {
  assertKnown(runtime, persona);
  const { values } = runtime.store;
  const scope = await currentScope(values, persona);
  const elsewhere = scope === undefined || keepsHolds ? [] : await activeLayers(values, chainOf(runtime, scope));
  const released = keepsHolds ? runtime.policy.release(persona) : elsewhere;
  await transactAndTell(runtime, async (store, tell) => {
    await setPlace(store.values, persona, undefined);
    if (scope !== undefined) await tell('scope:left', { persona, scope });
  });
  return { persona, released: [...released] };
}

function assertKnown({ personas }: GenomeRuntime, persona: PersonaId): void {
  if (personas.some(({ id }) => id === persona)) return;
  const known = personas.map(({ id }) => id).join(', ');
  throw new ContinuumError('NOT_FOUND', `there is no persona ${persona}`, { next: `Use one of: ${known}.` });
}
