import type { EventPayload } from '@continuum/contract/event';
import type { GateResult, LayerId } from '@continuum/contract/layer';
import type { KeyValueStore, Store } from '@continuum/contract/ports/store';
import { type TrialRecord, takeTrial } from '@continuum/genome/active-layers';
import { holderOf, judged, type LayerRecord, move, nextState } from '@continuum/genome/lifecycle';
import { changeScopeLayers, lockScopeLayers, readScopeLayers } from '@continuum/genome/registry';
import { transactAndTell } from '@continuum/host/tell';
import { addOutcome, decideTrial, NO_OUTCOMES, TrialTally } from '@continuum/sandbox/trial';
import type { GenomeRuntime } from './runtime.ts';
import { tellMoved } from './tell.ts';

/** What people's last word on a finding says of it; other states say nothing. */
const WANTED: Readonly<Partial<Record<string, boolean>>> = { declined: false, confirmed: true, addressed: true };

/**
 * People settled a finding: where it was part of a trial, the trial learns who was right, and when it is over the layer goes
 * on or is archived, with the figures as the reason. A finding counts once, however often its event is delivered.
 */
export async function settleTrial(
  runtime: GenomeRuntime,
  { findingId, status }: EventPayload<'finding:changed'>,
): Promise<void> {
  const wanted = WANTED[status];
  if (wanted === undefined) return;
  await transactAndTell(runtime, async (store, tell) => {
    const trial = await takeTrial(store.values, findingId);
    if (trial === undefined) return;
    await tellMoved(tell, trial.scope, await countOutcome(store, trial, wanted, runtime.now()));
  });
}

async function countOutcome(
  store: Store,
  trial: TrialRecord,
  wanted: boolean,
  now: Date,
): Promise<readonly LayerRecord[]> {
  const { scope, layer, stage } = trial;
  // Also keeps the tally: it is counted only here.
  await lockScopeLayers(store.values, scope);
  // The layer may have moved on, or been taken back, since it was asked.
  if (holderOf(await readScopeLayers(store.values, scope), stage) !== layer) return [];
  const tally = addOutcome(await readTally(store.values, trial), { ...trial, wanted });
  await store.values.set(tallyKey(trial), tally);
  const { decision, because } = decideTrial(tally);
  if (decision === 'go-on') return [];
  const passed = decision === 'promote';
  const result: GateResult = { gate: stage, passed, value: tally.better, limit: tally.worse, text: because };
  const occasion = { because, at: now.toISOString() };
  const to = passed ? (nextState(stage) ?? 'active') : 'archived';
  const { moved } = await changeScopeLayers(store, scope, (layers) =>
    move(judged(layers, layer, [result]), layer, to, occasion),
  );
  // A layer that is tried again later starts with a clean slate.
  await store.values.delete(tallyKey(trial));
  return moved;
}

/** How a layer's trial stands. */
export async function readTally(
  values: KeyValueStore,
  trial: Pick<TrialRecord, 'layer' | 'stage'>,
): Promise<TrialTally> {
  return TrialTally.safeParse(await values.get(tallyKey(trial))).data ?? NO_OUTCOMES;
}

/** A layer that is taken back and tried again starts with a clean slate. */
export async function forgetTallies(values: KeyValueStore, layer: LayerId): Promise<void> {
  for (const stage of ['shadow', 'canary'] as const) await values.delete(tallyKey({ layer, stage }));
}

function tallyKey({ layer, stage }: { readonly layer: LayerId; readonly stage: string }): string {
  return `genome:tally:${layer}:${stage}`;
}
