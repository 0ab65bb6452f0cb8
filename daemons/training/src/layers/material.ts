import { createHash } from 'node:crypto';
import type { ScopeId } from '@continuum/contract/ids';
import type { Memory, RememberedFinding, TrainingExample } from '@continuum/contract/learning';
import type { Store } from '@continuum/contract/ports/store';
import type { TrainingItem } from '@continuum/contract/training-job';
import { isWithin } from '@continuum/genome/scopes';
import { dossierPrompt } from '@continuum/memory/dossier/prompt';
import { describe, realmOf } from '@continuum/memory/features';
import { judge } from '@continuum/memory/judge';
import { type Lesson, lessonsOf, trainingItemsOf } from '@continuum/memory/lessons';
import { fitTeamModel } from '@continuum/memory/team-model';
import { prior } from '@continuum/review/prior';
import { LEAST_HELD_OUT } from '@continuum/sandbox/gate';
import { GOLDEN } from '@continuum/sandbox/golden';
import { resolveConsent } from '@continuum/training/trust';
import type { TrainingRuntime } from '../runtime.ts';

const MOST_MEMORIES = 5000;
const PAGE = 1000;
/** Share of the corrections kept for the gate; of few corrections more, so that the gate has enough to go by. */
const HELD_OUT = 0.2;
const MOST_HELD_OUT = 0.5;
/** Corrections without which there is nothing to train and judge a layer by. */
export const LEAST_MEMORIES = 2 * LEAST_HELD_OUT;

/** A golden case as the judge is asked it, with what memory and rules alone answer. */
export interface GoldenQuestion {
  readonly name: string;
  readonly prompt: string;
  readonly memoryProbability: number;
  /** How many corrections that memory rests on. */
  readonly corrections: number;
  readonly isAsked: boolean;
}

/** What a layer is made of and judged by. */
export interface Material {
  readonly items: readonly TrainingItem[];
  /** Corrections that the items were made from. */
  readonly examples: number;
  readonly heldOut: readonly Lesson[];
  readonly golden: readonly GoldenQuestion[];
  /** SHA-256 over the sorted ids of the corrections it was made from. */
  readonly dataHash: string;
  /** Pairs of texts that people edited: for trainers of models that write, not for a judge. */
  readonly editedPairs: number;
}

/** Active corrections that a layer may learn from, of a scope and all below it, whose authors still consent. */
export async function correctionsOf({ store, scopes }: TrainingRuntime, scope: ScopeId): Promise<Memory[]> {
  const inside = scopes.map(({ id }) => id).filter((id) => isWithin(id, scope));
  const consents = await store.learning.consents();
  const filter = { scopes: [...new Set([scope, ...inside])], state: 'active', limit: MOST_MEMORIES } as const;
  const memories = await store.learning.memories(filter);
  return memories.filter(({ author, repo, finding }) => {
    const consent = resolveConsent(consents, { person: author.id, repo });
    return consent !== 'opted-out' && isLayersBusiness(finding);
  });
}

/** Secrets and licences are never left to a layer: memory and rules judge them alone. */
function isLayersBusiness(finding: RememberedFinding): boolean {
  return realmOf(finding) === '';
}

/** Share of so many corrections that is kept for the gate, in (0, 0.5]. */
export function heldOutShare(corrections: number): number {
  return Math.min(MOST_HELD_OUT, Math.max(HELD_OUT, LEAST_HELD_OUT / Math.max(1, corrections)));
}

/** Lessons of a scope, the same for the same corrections and seed. */
export async function gatherMaterial(runtime: TrainingRuntime, scope: ScopeId, seed: number): Promise<Material> {
  const memories = (await correctionsOf(runtime, scope)).sort((one, other) => (one.id < other.id ? -1 : 1));
  const share = heldOutShare(memories.length);
  const options = { seed, priorOf: (finding: RememberedFinding) => prior(finding).score };
  // A team's memory is asked about its own repository only, so lessons are made one repository at a time.
  const perRepo = [...Map.groupBy(memories, ({ repo }) => repo).values()].map((own) =>
    lessonsOf(own, { ...options, heldOutShare: share }),
  );
  const train = perRepo.flatMap((lessons) => lessons.train);
  return {
    items: train.flatMap(trainingItemsOf),
    examples: train.length,
    heldOut: perRepo.flatMap((lessons) => lessons.heldOut),
    golden: goldenQuestions(memories),
    dataHash: hashOf(train.map(({ memoryId }) => memoryId)),
    editedPairs: await countEdits(runtime.store, scope),
  };
}

/** The golden cases, asked of a memory that knows all corrections of the scope. */
export function goldenQuestions(memories: readonly Memory[]): GoldenQuestion[] {
  const model = fitTeamModel(memories, { reasons: true });
  return GOLDEN.map(({ name, finding }) => {
    const before = prior(finding);
    const { score } = judge({ candidate: finding, fingerprint: '', prior: before, model });
    const prompt = dossierPrompt(describe(finding), model, before.score, score);
    const isAsked = isLayersBusiness(finding);
    return { name, prompt, memoryProbability: score, corrections: memories.length, isAsked };
  });
}

function hashOf(ids: readonly string[]): string {
  return createHash('sha256').update(ids.toSorted().join('\n')).digest('hex');
}

async function countEdits(store: Store, scope: ScopeId): Promise<number> {
  let count = 0;
  let before: TrainingExample['id'] | undefined;
  for (;;) {
    const filter = { limit: PAGE, scope, state: 'active' } as const;
    const page = await store.learning.examples(before === undefined ? filter : { ...filter, before });
    count += page.filter(({ signal, preference }) => signal === 'edit' && preference !== undefined).length;
    before = page.at(-1)?.id;
    if (page.length < PAGE) return count;
  }
}
