import type { Memory, RememberedFinding } from '@continuum/contract/learning';
import type { TrainingItem } from '@continuum/contract/training-job';
import { memoryOffset } from './blend.ts';
import { barePrompt, dossierPrompt, POST, SKIP } from './dossier/prompt.ts';
import { describe } from './features.ts';
import { judge } from './judge.ts';
import { fitTeamModel } from './team-model.ts';

/** One correction as something to learn from: what a judge would have been asked, and what the person wanted. */
export interface Lesson {
  readonly memoryId: string;
  /** The finding with what all *other* corrections say about it. */
  readonly prompt: string;
  /** The finding alone. */
  readonly bare: string;
  readonly wanted: boolean;
  /** What the memory without this correction answers: its probability to post, in [0, 1]. */
  readonly memoryProbability: number;
  /** How many corrections that memory rests on. */
  readonly corrections: number;
  readonly weight: number;
  /** A secret, a licence or a critical finding: declining it must not become a habit. */
  readonly safety: boolean;
}

export interface LessonOptions {
  readonly seed: number;
  /** Probability to post before the team said anything. */
  readonly priorOf: (finding: RememberedFinding) => number;
  /** Share of the corrections that no lesson is made of, in [0, 1). */
  readonly heldOutShare?: number;
}

const FOLDS = 5;
const LEAST_HELD_OUT = 4;
const HELD_OUT_SHARE = 0.2;

/**
 * Lessons of a team's corrections. The dossier of each lesson is made without it (cross-fitting in five folds, as in
 * stacked generalization, Wolpert 1992): a judge must learn how far to trust the memory about findings it has not seen.
 * Held-out lessons are asked of a memory that saw none of them.
 */
export function lessonsOf(memories: readonly Memory[], options: LessonOptions): { train: Lesson[]; heldOut: Lesson[] } {
  const active = memories.filter(({ state, weight }) => state === 'active' && weight > 0);
  const order = shuffled(active, options.seed);
  const share = options.heldOutShare ?? HELD_OUT_SHARE;
  const held =
    share === 0
      ? 0
      : Math.max(Math.min(LEAST_HELD_OUT, Math.floor(order.length / 2)), Math.round(order.length * share));
  const taught = order.slice(held);
  return { train: crossFitted(taught, options), heldOut: asked(order.slice(0, held), taught, options) };
}

/**
 * What a trainer makes of a lesson: the finding beside the memory, where only what the memory leaves open is to be
 * learned, and the finding alone, for a judge without memory.
 */
export function trainingItemsOf(lesson: Lesson): TrainingItem[] {
  const { memoryId, prompt, bare, wanted, memoryProbability, weight, safety } = lesson;
  const [chosen, rejected] = wanted ? [POST, SKIP] : [SKIP, POST];
  const offset = memoryOffset(memoryProbability) * (wanted ? 1 : -1);
  const shared = { chosen, rejected, weight, safety };
  return [
    { id: memoryId, prompt, offset, ...shared },
    { id: `${memoryId}#bare`, prompt: bare, ...shared },
  ];
}

function crossFitted(taught: readonly Memory[], options: LessonOptions): Lesson[] {
  return Array.from({ length: Math.min(FOLDS, taught.length) }, (_, fold) => {
    const inFold = taught.filter((_memory, index) => index % FOLDS === fold);
    const others = taught.filter((_memory, index) => index % FOLDS !== fold);
    return asked(inFold, others, options);
  }).flat();
}

function asked(questions: readonly Memory[], known: readonly Memory[], { priorOf }: LessonOptions): Lesson[] {
  if (questions.length === 0) return [];
  const model = fitTeamModel(known, { reasons: true });
  return questions.map((memory) => {
    const described = describe(memory.finding);
    const prior = priorOf(memory.finding);
    const { score } = judge({ candidate: memory.finding, fingerprint: '', prior: { score: prior, why: [] }, model });
    return {
      memoryId: memory.id,
      prompt: dossierPrompt(described, model, prior, score),
      bare: barePrompt(described),
      wanted: memory.verdict === 'affirm',
      memoryProbability: score,
      corrections: model.recalled.length,
      weight: memory.weight,
      safety: isSafety(memory.finding),
    };
  });
}

function isSafety({ category, severity }: RememberedFinding): boolean {
  return category === 'secret' || category === 'licence' || severity === 'critical';
}

/** Fisher and Yates with a 32-bit generator (mulberry32): the same seed gives the same order everywhere. */
function shuffled<T>(all: readonly T[], seed: number): T[] {
  const order = [...all];
  let state = seed >>> 0;
  for (let i = order.length - 1; i > 0; i -= 1) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const j = Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (i + 1));
    const [a, b] = [order[i], order[j]];
    if (a !== undefined && b !== undefined) [order[i], order[j]] = [b, a];
  }
  return order;
}
