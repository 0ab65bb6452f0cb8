import type { ScopeId } from '@continuum/contract/ids';
import type { LayerRecord, ScopeLayers } from '@continuum/genome/lifecycle';
import { changeScopeLayers, type ScopeChange } from '@continuum/genome/registry';
import { type Tell, transactAndTell } from '@continuum/host/tell';
import type { GenomeRuntime } from './runtime.ts';

/** Tells everybody which layers stand elsewhere now. */
export async function tellMoved(tell: Tell, scope: ScopeId, moved: readonly LayerRecord[]): Promise<void> {
  for (const { id, state, because } of moved) await tell('layer:changed', { layerId: id, scope, state, because });
}

/** Changes a scope's layers and tells everybody, both or neither. Throws what `change` throws. */
export function changeAndTell(
  runtime: GenomeRuntime,
  scope: ScopeId,
  change: (layers: ScopeLayers) => ScopeLayers,
): Promise<ScopeChange> {
  return transactAndTell(runtime, async (store, tell) => {
    const done = await changeScopeLayers(store, scope, change);
    await tellMoved(tell, scope, done.moved);
    return done;
  });
}
