import type { CommandContext, CommandOutput, CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import { newId, type ScopeId } from '@continuum/contract/ids';
import type { Layer } from '@continuum/contract/layer';
import type { Subscription } from '@continuum/contract/ports/bus';
import { TrainingOptions, type TrainingProgress } from '@continuum/contract/training-job';
import { readCounter } from '@continuum/genome/counters';
import { readScopeLayers, toLayer } from '@continuum/genome/registry';
import { type Leading, leading } from '@continuum/host/leader';
import type { TrainingRuntime } from '../runtime.ts';
import { everyMinute, lookAround } from './cadence.ts';
import { Line } from './line.ts';
import { correctionsOf, LEAST_MEMORIES } from './material.ts';
import { layerMetrics } from './metrics.ts';
import { isOver, type JobRecord, latestJob, readJob } from './records.ts';
import { workThrough } from './worker.ts';

/** Shares of one CPU: in the background nobody notices, by hand somebody waits. */
const BACKGROUND_SHARE = 0.1;
const BY_HAND_SHARE = 1;

export interface LayerTraining {
  start(): Promise<void>;
  /** The running job stays first in line. Idempotent. */
  stop(): Promise<void>;
  /** Looks once whether a scope is due; answers with those that were put in line. */
  lookAround(): Promise<ScopeId[]>;
}

/** Turns corrections into layers: by hand, and by the cadence in the background. One process at a time works on them. */
export function createLayerTraining(runtime: TrainingRuntime): LayerTraining {
  const metrics = layerMetrics(runtime.metrics);
  const line = new Line(runtime);
  const look = () => lookAround(runtime, (scope, because) => begin(runtime, line, { scope, options: {} }, because));
  const lookAgain = (): Promise<unknown> =>
    look().catch((error: unknown) => runtime.log.error({ err: error }, 'the cadence could not look around'));
  let subscription: Subscription | undefined;
  let task: Leading | undefined;
  return {
    lookAround: look,
    async start() {
      runtime.commands.register('layers/train', (input, context) => train(runtime, line, input, context));
      runtime.commands.register('layers/cancel', (input) => cancel(runtime, line, input));
      subscription = await runtime.bus.subscribe('training:progress', async ({ payload }) => {
        metrics.progressed(payload);
        line.change.tell();
      });
      task = leading(runtime, 'training', async (signal) => {
        await Promise.all([workThrough(runtime, line, metrics, signal), everyMinute(lookAgain, signal)]);
      });
    },
    async stop() {
      line.stop();
      await task?.stop();
      await subscription?.stop();
      subscription = undefined;
    },
  };
}

/** Throws INVALID_INPUT when there is too little to learn from. */
async function train(
  runtime: TrainingRuntime,
  line: Line,
  input: CommandParsed<'layers/train'>,
  { caller, signal }: CommandContext,
): Promise<CommandOutput<'layers/train'>> {
  const record = await begin(runtime, line, input, `${caller.id} asked for it`, caller.kind === 'operator');
  if (!input.wait) return { jobId: record.id, progress: record.progress };
  const ended = await line.ended(record.id, signal);
  const layer = await layerOf(runtime, ended);
  return { jobId: record.id, progress: ended?.progress ?? record.progress, ...(layer === undefined ? {} : { layer }) };
}

/** The job of the scope that is in line already, the cancelled one that goes on from its checkpoint, or a new one. */
async function begin(
  runtime: TrainingRuntime,
  line: Line,
  { scope, options }: Pick<CommandParsed<'layers/train'>, 'scope' | 'options'>,
  because: string,
  byHand = false,
): Promise<JobRecord> {
  const latest = await latestJob(runtime.store.values, scope);
  if (latest !== undefined && !isOver(latest)) return latest;
  await assertEnough(runtime, scope);
  const chosen = TrainingOptions.parse({ cpuShare: byHand ? BY_HAND_SHARE : BACKGROUND_SHARE, ...options });
  const goesOn = latest?.progress.state === 'cancelled' && JSON.stringify(latest.options) === JSON.stringify(chosen);
  const id = goesOn && latest !== undefined ? latest.id : newId('job', runtime.now().getTime());
  const progress: TrainingProgress = { jobId: id, state: 'queued', step: 0, steps: 0, tokens: 0 };
  const counted = await readCounter(runtime.store.values, scope);
  const record: JobRecord = {
    id,
    scope,
    options: chosen,
    byHand,
    because,
    progress,
    counted,
    at: runtime.now().toISOString(),
  };
  return line.add(record);
}

async function assertEnough(runtime: TrainingRuntime, scope: ScopeId): Promise<void> {
  const { length } = await correctionsOf(runtime, scope);
  if (length >= LEAST_MEMORIES) return;
  throw new ContinuumError('INVALID_INPUT', `${scope} has ${length} corrections, a layer needs ${LEAST_MEMORIES}`, {
    next: 'Until then memory learns from each of them at once; train a scope further up, or correct some more.',
  });
}

async function layerOf(runtime: TrainingRuntime, record: JobRecord | undefined): Promise<Layer | undefined> {
  if (record?.layerId === undefined) return undefined;
  const manifest = await runtime.layerStore.get(record.layerId);
  return toLayer(manifest, await readScopeLayers(runtime.store.values, record.scope));
}

/** Throws NOT_FOUND, CONFLICT for a job that has ended. */
async function cancel(
  runtime: TrainingRuntime,
  line: Line,
  { jobId }: CommandParsed<'layers/cancel'>,
): Promise<TrainingProgress> {
  const record = await readJob(runtime.store.values, jobId);
  if (record === undefined) throw new ContinuumError('NOT_FOUND', `there is no training job ${jobId}`);
  if (!(await line.cancel(record.id))) {
    throw new ContinuumError('CONFLICT', `job ${jobId} has ended: ${record.progress.state}`);
  }
  return (await readJob(runtime.store.values, jobId))?.progress ?? record.progress;
}
