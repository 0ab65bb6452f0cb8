import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { CommandContext, CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { ScopeId } from '@continuum/contract/ids';
import type { Layer, LayerId, LayerManifest } from '@continuum/contract/layer';
import { admit, move, nextState, recordOf, rollback, type ScopeLayers } from '@continuum/genome/lifecycle';
import { readScopeLayers, toLayer } from '@continuum/genome/registry';
import type { GenomeRuntime } from './runtime.ts';
import { changeAndTell } from './tell.ts';
import { forgetTallies } from './trials.ts';

/** Layers and where they stand, newest first. */
export async function listLayers(runtime: GenomeRuntime, filter: CommandParsed<'layers/list'>): Promise<Layer[]> {
  const manifests = await runtime.layerStore.list();
  const wanted = manifests.filter(({ scope }) => filter.scope === undefined || scope === filter.scope);
  const scopes = [...new Set(wanted.map(({ scope }) => scope))];
  const known = new Map(
    await Promise.all(
      scopes.map(async (scope) => [scope, await readScopeLayers(runtime.store.values, scope)] as const),
    ),
  );
  const layers = wanted.flatMap((manifest) => {
    const scope = known.get(manifest.scope);
    return scope === undefined ? [] : [toLayer(manifest, scope)];
  });
  const shown = layers.filter(({ state }) => filter.state === undefined || state === filter.state);
  return shown.sort((one, other) => other.at.localeCompare(one.at) || one.id.localeCompare(other.id));
}

/**
 * One step towards active, or to the state asked for. Whoever is to have a say is read and hashed first. Throws NOT_FOUND,
 * CONFLICT for a step that cannot be taken, LAYER_CORRUPT, LAYER_INCOMPATIBLE.
 */
export async function promoteLayer(
  runtime: GenomeRuntime,
  { id, to }: CommandParsed<'layers/promote'>,
  { caller }: CommandContext,
): Promise<Layer> {
  const manifest = await runtime.layerStore.get(id);
  assertSameBase(runtime, manifest);
  if (to !== 'archived') await runtime.layerStore.open(id);
  const occasion = { because: `Moved by ${caller.id}.`, at: runtime.now().toISOString() };
  const change = await changeAndTell(runtime, manifest.scope, (scope) => {
    const known = admit(scope, id, { ...occasion, because: 'Found in the store.' });
    return move(known, id, to ?? stepOf(known, id), occasion);
  });
  return toLayer(manifest, change.after);
}

function stepOf(scope: ScopeLayers, id: LayerId) {
  const next = nextState(recordOf(scope, id).state);
  if (next !== undefined) return next;
  throw new ContinuumError('CONFLICT', `layer ${id} is active already`, { next: 'There is nothing above active.' });
}

function assertSameBase({ policy }: GenomeRuntime, { id, baseModel }: LayerManifest): void {
  if (baseModel === policy.baseModel) return;
  throw new ContinuumError('LAYER_INCOMPATIBLE', `layer ${id} belongs to another base model`, {
    next: `It was trained on ${baseModel.slice(0, 12)}, here ${policy.baseModel.slice(0, 12)} runs: train it again.`,
  });
}

/**
 * Takes a layer back; the newest earlier active layer whose bytes still hold decides again. Throws NOT_FOUND, CONFLICT for
 * a layer that has no say.
 */
export async function rollbackLayer(
  runtime: GenomeRuntime,
  { id }: CommandParsed<'layers/rollback'>,
  { caller }: CommandContext,
): Promise<CommandOutput<'layers/rollback'>> {
  const manifest = await runtime.layerStore.get(id);
  const { scope } = manifest;
  const lost = await lostAmongEarlier(runtime, scope);
  const occasion = { because: `Taken back by ${caller.id}.`, at: runtime.now().toISOString() };
  let active: LayerId | undefined;
  const change = await changeAndTell(runtime, scope, (layers) => {
    const intact = { ...layers, earlier: layers.earlier.filter((each) => !lost.has(each)) };
    const done = rollback(intact, id, occasion);
    active = done.active;
    return done.scope;
  });
  await forgetTallies(runtime.store.values, id);
  const activeLayer = active === undefined ? {} : { active: await viewOf(runtime, active, change.after) };
  return { scope, archived: toLayer(manifest, change.after), ...activeLayer };
}

async function viewOf(runtime: GenomeRuntime, id: LayerId, scope: ScopeLayers): Promise<Layer> {
  return toLayer(await runtime.layerStore.get(id), scope);
}

/** Earlier layers, newest first, that cannot come back, up to the first that can: its bytes are hashed just now. */
async function lostAmongEarlier({ store, layerStore, log }: GenomeRuntime, scope: ScopeId): Promise<Set<LayerId>> {
  const lost = new Set<LayerId>();
  const { earlier } = await readScopeLayers(store.values, scope);
  for (const id of earlier.toReversed()) {
    if (lost.has(id)) continue;
    const failure = await layerStore.open(id).then(
      () => undefined,
      (error: unknown) => toContinuumError(error),
    );
    if (failure === undefined) return lost;
    log.warn({ err: failure, layer: id, scope }, 'an earlier layer cannot come back');
    lost.add(id);
  }
  return lost;
}

/** Writes a layer as one file on the server's machine. Throws INVALID_INPUT for a relative path, CONFLICT where a file is. */
export async function exportLayer(
  { layerStore }: GenomeRuntime,
  { id, file }: CommandParsed<'layers/export'>,
): Promise<CommandOutput<'layers/export'>> {
  assertAbsolute(file);
  if ((await stat(file).catch(() => undefined)) !== undefined) {
    throw new ContinuumError('CONFLICT', `${file} exists already`, { next: 'Choose a name that is free.' });
  }
  await layerStore.exportBundle(id, file);
  return { file };
}

/** Takes a bundle in as a candidate of its scope. Throws what the layer store throws, INVALID_INPUT for a relative path. */
export async function importLayer(
  runtime: GenomeRuntime,
  { file, trust }: CommandParsed<'layers/import'>,
  { caller }: CommandContext,
): Promise<Layer> {
  assertAbsolute(file);
  const manifest = await runtime.layerStore.importBundle(file, { baseModel: runtime.policy.baseModel, trust });
  const occasion = { because: `Imported by ${caller.id}.`, at: runtime.now().toISOString() };
  const change = await changeAndTell(runtime, manifest.scope, (scope) => admit(scope, manifest.id, occasion));
  return toLayer(manifest, change.after);
}

function assertAbsolute(file: string): void {
  if (isAbsolute(file)) return;
  throw new ContinuumError('INVALID_INPUT', `${file} is no absolute path`, {
    next: "Name the file by its absolute path on the server's machine.",
  });
}
