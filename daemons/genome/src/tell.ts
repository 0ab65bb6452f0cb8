import type { ScopeId } from '@continuum/contract/ids';
import type { LayerRecord } from '@continuum/genome/lifecycle';
import type { GenomeRuntime } from './runtime.ts';

/** Tells everybody which layers stand elsewhere now. */
export async function tellMoved({ bus }: GenomeRuntime, scope: ScopeId, moved: readonly LayerRecord[]): Promise<void> {
  for (const { id, state, because } of moved) await bus.emit('layer:changed', { layerId: id, scope, state, because });
}
