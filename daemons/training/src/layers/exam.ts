import type { LayerId } from '@continuum/contract/layer';
import type { Policy } from '@continuum/contract/ports/policy';
import { blend, LAYER_SPEAKS_FOR } from '@continuum/memory/blend';
import { POST, SKIP } from '@continuum/memory/dossier/prompt';
import { gateLayer, type Verdict } from '@continuum/sandbox/gate';
import type { Exam } from './files.ts';

/** Prompts scored at once: the policy makes room for others in between. */
const BATCH = 32;

/** The layers under which a candidate would decide, and those that decide today, outermost scope first. */
export interface Compositions {
  readonly candidate: readonly LayerId[];
  readonly incumbent: readonly LayerId[];
}

/**
 * Puts a candidate through its gates: every case is asked under the composition in which it would decide, and compared
 * with what memory and rules alone answer and with what decides today. Throws what the policy throws.
 */
export async function examine(
  policy: Policy,
  exam: Pick<Exam, 'heldOut' | 'golden'>,
  { candidate, incumbent }: Compositions,
  signal?: AbortSignal,
): Promise<Verdict> {
  const ask = (questions: readonly Question[], layers: readonly LayerId[]) =>
    probabilities(policy, questions, layers, signal);
  const heldOut = await ask(exam.heldOut, candidate);
  const today =
    incumbent.length === 0
      ? exam.heldOut.map(({ memoryProbability }) => memoryProbability)
      : await ask(exam.heldOut, incumbent);
  const golden = await ask(exam.golden, candidate);
  return gateLayer({
    heldOut: exam.heldOut.map(({ wanted, memoryProbability }, index) => ({
      ...{ wanted, baseline: memoryProbability },
      ...{ candidate: heldOut[index] ?? Number.NaN, incumbent: today[index] ?? Number.NaN },
    })),
    golden: exam.golden.map(({ name, memoryProbability }, index) => ({
      ...{ name, baseline: memoryProbability, candidate: golden[index] ?? Number.NaN },
    })),
  });
}

type Question = Exam['golden'][number] | Exam['heldOut'][number];

/** The judge's own rule: what memory says and what the layer says, together; of some findings memory alone has a say. */
async function probabilities(
  policy: Policy,
  questions: readonly Question[],
  layers: readonly LayerId[],
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const all: number[] = [];
  for (let from = 0; from < questions.length; from += BATCH) {
    const batch = questions.slice(from, from + BATCH);
    const requests = batch.map(({ prompt }) => ({ prompt, completions: [POST, SKIP] }));
    const scored = await policy.score(requests, layers, signal === undefined ? {} : { signal });
    all.push(...batch.map((question, index) => together(question, scored[index]?.logProbabilities ?? [])));
  }
  return all;
}

function together({ memoryProbability, corrections, isAsked }: Question, logProbabilities: readonly number[]): number {
  if (!isAsked) return memoryProbability;
  const memory = { probability: memoryProbability, corrections: Math.max(corrections, LAYER_SPEAKS_FOR) };
  return blend(memory, logProbabilities).probability;
}
