import type { ScopeId } from '@continuum/contract/ids';
import type { Layer, LayerManifest } from '@continuum/contract/layer';
import type { KeyValueStore, Store } from '@continuum/contract/ports/store';
import { writePointer } from './active-layers.ts';
import { holderOf, type LayerRecord, NO_LAYERS, ScopeLayers } from './lifecycle.ts';

/** Share of the pull requests that a canary decides. */
const CANARY_SHARE = 0.25;

/** What stands of a scope's layers; the empty scope when nothing was written. */
export async function readScopeLayers(values: KeyValueStore, scope: ScopeId): Promise<ScopeLayers> {
  return ScopeLayers.safeParse(await values.get(layersKey(scope))).data ?? NO_LAYERS;
}

/** Inside a transaction: whoever else changes the layers of this scope, or acts on how they stand, waits until it is over. */
export function lockScopeLayers(values: KeyValueStore, scope: ScopeId): Promise<void> {
  return values.lock(layersKey(scope));
}

/** A change of a scope, and the layers that stand elsewhere than before. */
export interface ScopeChange {
  readonly before: ScopeLayers;
  readonly after: ScopeLayers;
  readonly moved: readonly LayerRecord[];
}

/**
 * Changes a scope's layers and its pointer in one transaction: nobody ever reads one without the other, and a crash keeps
 * both or neither. Changes of one scope follow each other, in whatever process. Throws what `change` throws, and then nothing has changed.
 */
export function changeScopeLayers(
  store: Pick<Store, 'transaction'>,
  scope: ScopeId,
  change: (layers: ScopeLayers) => ScopeLayers,
): Promise<ScopeChange> {
  return store.transaction(async ({ values }) => {
    await lockScopeLayers(values, scope);
    const before = await readScopeLayers(values, scope);
    const after = change(before);
    if (after === before) return { before, after, moved: [] };
    await values.set(layersKey(scope), after);
    await writePointer(values, scope, pointerOf(after));
    return { before, after, moved: movedBetween(before, after) };
  });
}

/** A layer as people see it; one that the registry does not know stands as a candidate. */
export function toLayer(manifest: LayerManifest, scope: ScopeLayers): Layer {
  const record = scope.layers.find(({ id }) => id === manifest.id);
  if (record !== undefined) {
    return { ...manifest, state: record.state, because: record.because, gates: record.gates };
  }
  return { ...manifest, state: 'candidate', because: 'Lies in the store and was not judged yet.', gates: [] };
}

function pointerOf(layers: ScopeLayers) {
  const [active, canary, shadow] = (['active', 'canary', 'shadow'] as const).map((state) => holderOf(layers, state));
  return {
    ...(active === undefined ? {} : { active }),
    ...(canary === undefined ? {} : { canary }),
    ...(shadow === undefined ? {} : { shadow }),
    canaryShare: CANARY_SHARE,
  };
}

function movedBetween(before: ScopeLayers, after: ScopeLayers): LayerRecord[] {
  const known = new Map(before.layers.map(({ id, moves }) => [id, moves.length]));
  return after.layers.filter(({ id, moves }) => moves.length !== known.get(id));
}

function layersKey(scope: ScopeId): string {
  return `genome:layers:${scope}`;
}
