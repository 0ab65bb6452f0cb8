import { ContinuumError } from '@continuum/contract/errors';
import type { LayerId, LayerManifest } from '@continuum/contract/layer';
import type { TrainingJob, TrainingProgress } from '@continuum/contract/training-job';
import { activeLayers } from '@continuum/genome/active-layers';
import { addToCounter } from '@continuum/genome/counters';
import { changeScopeLayers } from '@continuum/genome/registry';
import { scopeChain } from '@continuum/genome/scopes';
import { transactAndTell } from '@continuum/host/tell';
import type { Verdict } from '@continuum/sandbox/gate';
import type { TrainingRuntime } from '../runtime.ts';
import { examine } from './exam.ts';
import { type Prepared, readPrepared, removePrepared, writePrepared } from './files.ts';
import { gatherMaterial } from './material.ts';
import { placeAfterGates } from './place.ts';
import { isOver, type JobRecord, lockQueue, readJob, writeJob } from './records.ts';

export interface RunOptions {
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly signal: AbortSignal;
}

export interface Finished {
  readonly record: JobRecord;
  readonly verdict: Verdict;
}

/**
 * One job from its corrections to a layer that stands where its gates put it. Each step finds what an earlier attempt left:
 * the prepared data, the trainer's checkpoint, the stored layer; so a job that was cut short anywhere is simply run again.
 * Throws what the trainer, the layer store and the policy throw.
 */
export async function runJob(runtime: TrainingRuntime, record: JobRecord, options: RunOptions): Promise<Finished> {
  const prepared = (await readPrepared(runtime, record.id)) ?? (await prepare(runtime, record));
  const { job, exam } = prepared;
  const trained = await runtime.trainer.train(job, options);
  const manifest = await runtime.layerStore.put(trained.folder, {
    ...{ scope: job.scope, baseModel: job.baseModel, parents: job.parents, dataHash: exam.dataHash },
    ...{ examples: exam.examples, trainer: trained.trainer, metrics: trained.metrics, seed: job.options.seed },
    at: runtime.now().toISOString(),
  });
  assertOwn(manifest, job);
  const incumbent = await activeLayers(runtime.store.values, scopeChain(job.scope));
  const compositions = { candidate: [...job.parents, manifest.id], incumbent };
  const verdict = await examine(runtime.policy, exam, compositions, options.signal);
  options.signal.throwIfAborted();
  const done = await settle(runtime, record, prepared, manifest.id, verdict);
  await removePrepared(runtime, record.id);
  return { record: done, verdict };
}

/** Equal corrections make equal bytes, and equal bytes are one layer, which belongs to one scope. */
function assertOwn({ id, scope }: LayerManifest, job: TrainingJob): void {
  if (scope === job.scope) return;
  throw new ContinuumError('CONFLICT', `the corrections of ${job.scope} make ${id}, which is the layer of ${scope}`, {
    next: 'Both scopes learn from the same corrections just now: promote that layer, or correct some more.',
  });
}

async function prepare(runtime: TrainingRuntime, record: JobRecord): Promise<Prepared> {
  const material = await gatherMaterial(runtime, record.scope, record.options.seed);
  if (material.editedPairs > 0) {
    const about = { scope: record.scope, pairs: material.editedPairs };
    runtime.log.info(about, 'pairs of edited texts are for trainers of models that write: left out');
  }
  return writePrepared(runtime, record, material, await parentsOf(runtime, record));
}

/** The active layers of the scopes above: the new one decides on top of them, and instead of its own predecessor. */
function parentsOf({ store }: TrainingRuntime, { scope }: JobRecord): Promise<LayerId[]> {
  return activeLayers(store.values, scopeChain(scope).slice(1));
}

/** The layer's place, the counters, the end of the job and what everybody is told, all in one transaction. */
async function settle(
  runtime: TrainingRuntime,
  record: JobRecord,
  { job }: Prepared,
  layerId: LayerId,
  verdict: Verdict,
): Promise<JobRecord> {
  const at = runtime.now().toISOString();
  const { record: done, moved } = await transactAndTell(runtime, async (store, tell) => {
    await lockQueue(store.values);
    const latest = (await readJob(store.values, record.id)) ?? record;
    // Another process took over meanwhile and came to the end first.
    if (isOver(latest)) return { record: latest, moved: [] };
    const change = await changeScopeLayers(store, job.scope, (layers) =>
      placeAfterGates(layers, layerId, verdict, { byHand: record.byHand, at }),
    );
    const { examples, pairs } = record.counted;
    await addToCounter(store.values, job.scope, { examples: -examples, pairs: -pairs });
    const { steps, tokens } = latest.progress;
    const done = { state: 'done', step: steps, steps, tokens, etaSeconds: 0 } as const;
    const progress: TrainingProgress = { jobId: record.id, ...done };
    const finished: JobRecord = { ...latest, layerId, progress };
    await writeJob(store.values, finished);
    for (const { id, state, because } of change.moved) {
      await tell('layer:changed', { layerId: id, scope: job.scope, state, because });
    }
    return { record: finished, moved: change.moved };
  });
  for (const { id, state, because, moves } of moved) {
    runtime.log.info({ layer: id, scope: job.scope, state, moves: moves.length }, because);
  }
  return done;
}
