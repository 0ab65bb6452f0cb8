import { createHash } from 'node:crypto';
import type { FindingId } from '@continuum/contract/ids';
import { ScopeId } from '@continuum/contract/ids';
import { LayerId } from '@continuum/contract/layer';
import type { KeyValueStore } from '@continuum/contract/ports/store';
import { z } from 'zod';

/** What a decision has to know of a scope: who decides, and who is on trial. */
export const ScopePointer = z.object({
  active: LayerId.optional(),
  canary: LayerId.optional(),
  shadow: LayerId.optional(),
  /** Share of the pull requests that the canary decides, in [0, 1]. */
  canaryShare: z.number().min(0).max(1),
});
export type ScopePointer = z.infer<typeof ScopePointer>;

const NOBODY: ScopePointer = { canaryShare: 0 };
const TRIAL_DAYS = 90;

/** A layer on trial: what decides without it and what would decide with it, both outermost scope first. */
export interface Trial {
  readonly scope: ScopeId;
  readonly layer: LayerId;
  readonly stage: 'shadow' | 'canary';
  readonly baseline: readonly LayerId[];
  readonly candidate: readonly LayerId[];
}

/** The layers that decide, outermost scope first, and the trial to be scored beside, if there is one. */
export interface LayersInForce {
  readonly deciding: readonly LayerId[];
  readonly trial: Trial | undefined;
}

/** Who decides in a scope. A pointer that cannot be read points at nobody. */
export async function readPointer(values: KeyValueStore, scope: ScopeId): Promise<ScopePointer> {
  return ScopePointer.safeParse(await values.get(pointerKey(scope))).data ?? NOBODY;
}

/** Points a scope at its layers, within whatever transaction `values` belongs to. */
export async function writePointer(values: KeyValueStore, scope: ScopeId, pointer: ScopePointer): Promise<void> {
  await values.set(pointerKey(scope), pointer);
}

/**
 * The active layers of a scope chain (narrowest first, as `scopeChain` gives it), outermost first. `key` names the pull
 * request (`owner/name#7`): for a stable share of them the canary decides instead of the active layer.
 */
export async function activeLayers(values: KeyValueStore, chain: readonly ScopeId[], key?: string): Promise<LayerId[]> {
  return [...(await layersInForce(values, chain, key)).deciding];
}

/** The same, with the trial of the narrowest scope that has one. */
export async function layersInForce(
  values: KeyValueStore,
  chain: readonly ScopeId[],
  key?: string,
): Promise<LayersInForce> {
  const outermostFirst = chain.toReversed();
  const pointers = await Promise.all(outermostFirst.map((scope) => readPointer(values, scope)));
  const places = outermostFirst.map((scope, index) => toPlace(scope, pointers[index] ?? NOBODY, key));
  const deciding = places.flatMap(({ deciding: id }) => id ?? []);
  const tried = places.findLast(({ onTrial }) => onTrial !== undefined);
  return { deciding, trial: tried === undefined ? undefined : toTrial(tried, places) };
}

interface Place {
  readonly scope: ScopeId;
  readonly active: LayerId | undefined;
  readonly deciding: LayerId | undefined;
  readonly onTrial: { readonly layer: LayerId; readonly stage: Trial['stage'] } | undefined;
}

function toPlace(
  scope: ScopeId,
  { active, canary, shadow, canaryShare }: ScopePointer,
  key: string | undefined,
): Place {
  const isCanary = canary !== undefined && key !== undefined && shareOf(scope, key) < canaryShare;
  const deciding = isCanary ? canary : active;
  if (isCanary) return { scope, active, deciding, onTrial: { layer: canary, stage: 'canary' } };
  return { scope, active, deciding, onTrial: shadow === undefined ? undefined : { layer: shadow, stage: 'shadow' } };
}

function toTrial({ scope, active, onTrial }: Place, places: readonly Place[]): Trial | undefined {
  if (onTrial === undefined) return undefined;
  const chainWith = (own: LayerId | undefined) =>
    places.flatMap((place) => (place.scope === scope ? own : place.deciding) ?? []);
  return { scope, ...onTrial, baseline: chainWith(active), candidate: chainWith(onTrial.layer) };
}

/** Where a pull request falls in [0, 1): the same one always falls on the same side, in each scope anew. */
function shareOf(scope: ScopeId, key: string): number {
  return createHash('sha256').update(`${scope}\n${key}`).digest().readUInt32BE(0) / 2 ** 32;
}

/** What both sides of a trial thought of one finding: probabilities to post. */
export const TrialRecord = z.object({
  scope: ScopeId,
  layer: LayerId,
  stage: z.enum(['shadow', 'canary']),
  baseline: z.number().min(0).max(1),
  candidate: z.number().min(0).max(1),
});
export type TrialRecord = z.infer<typeof TrialRecord>;

/** Keeps what a trial thought of a finding until people have said what they think of it, at most 90 days from `now`. */
export async function recordTrial(
  values: KeyValueStore,
  finding: FindingId,
  trial: TrialRecord,
  now: Date,
): Promise<void> {
  await values.set(trialKey(finding), trial, new Date(now.getTime() + TRIAL_DAYS * 24 * 3600 * 1000));
}

/** The trial that a finding was part of, for who settles it: inside a transaction, and nobody gets it again. */
export async function takeTrial(values: KeyValueStore, finding: FindingId): Promise<TrialRecord | undefined> {
  await values.lock(trialKey(finding));
  const trial = await readTrial(values, finding);
  if (trial !== undefined) await values.delete(trialKey(finding));
  return trial;
}

/** The trial that a finding was part of, if any. */
export async function readTrial(values: KeyValueStore, finding: FindingId): Promise<TrialRecord | undefined> {
  return TrialRecord.safeParse(await values.get(trialKey(finding))).data;
}

function pointerKey(scope: ScopeId): string {
  return `genome:pointer:${scope}`;
}

function trialKey(finding: FindingId): string {
  return `genome:trial:${finding}`;
}
