import { toContinuumError } from '@continuum/contract/errors';
import type { CandidateFinding, Judgement, Reason } from '@continuum/contract/finding';
import type { ScopeId } from '@continuum/contract/ids';
import type { LayerId } from '@continuum/contract/layer';
import { type LayersInForce, layersInForce, type TrialRecord } from '@continuum/genome/active-layers';
import { scopeChain } from '@continuum/genome/scopes';
import { type Blended, blend, LAYER_SPEAKS_FOR, policyProbability } from '@continuum/memory/blend';
import { barePrompt, dossierPrompt, POST, SKIP } from '@continuum/memory/dossier/prompt';
import { describe, realmOf } from '@continuum/memory/features';
import type { TeamModel } from '@continuum/memory/team-model';
import type { PersonaRuntime } from './runtime.ts';

/** A candidate with what the memory says about it. */
export interface Asked {
  readonly candidate: CandidateFinding;
  readonly scope: ScopeId;
  readonly model: TeamModel;
  /** Probability to post before the team said anything. */
  readonly prior: number;
  readonly judgement: Judgement;
}

/** A judgement, and what a layer on trial thought of the same finding. */
export interface Decision {
  readonly judgement: Judgement;
  readonly trial: TrialRecord | undefined;
}

export interface JudgeOptions {
  /** Least probability to post. */
  readonly threshold: number;
  /** Names the pull request, so that a canary decides all of it or nothing. */
  readonly key?: string;
  readonly signal?: AbortSignal;
}

interface AskOptions extends JudgeOptions {
  /** Without the memory: the layers have to know by themselves. */
  readonly bare: boolean;
}

/** Candidates of one review that the policy is asked about, those first of which the memory is least sure. */
const MOST_ASKED = 400;

/**
 * Asks the policy model about what the memory judged, under the layers in force in each scope. Without a layer that has
 * passed its gates it has no say: pretraining alone does not know the team. It is not asked about secrets and licences,
 * nor about what a person declined by name. A policy that fails costs its opinion, never the review.
 */
export async function askPolicy(
  runtime: Pick<PersonaRuntime, 'store' | 'policy' | 'log'>,
  all: readonly Asked[],
  options: AskOptions,
): Promise<Decision[]> {
  const decisions: Decision[] = all.map(({ judgement }) => ({ judgement, trial: undefined }));
  const byScope = Map.groupBy(all.keys(), (index) => all[index]?.scope);
  for (const [scope, indices] of byScope) {
    if (scope === undefined) continue;
    const inForce = await layersInForce(runtime.store.values, scopeChain(scope), options.key);
    if (inForce.deciding.length === 0 && inForce.trial === undefined) continue;
    const chosen = leastSure(
      [...indices].filter((index) => isOpen(all[index])),
      all,
    ).slice(0, MOST_ASKED);
    const questions = chosen.flatMap((index) => all[index] ?? []);
    const answers = await opinions(runtime, questions, inForce, options);
    for (const [position, index] of chosen.entries()) {
      const answer = answers?.[position];
      if (answer !== undefined) decisions[index] = answer;
    }
  }
  return decisions;
}

function isOpen(asked: Asked | undefined): boolean {
  if (asked === undefined || realmOf(asked.candidate) !== '') return false;
  return !asked.judgement.why.some(({ kind }) => kind === 'declined');
}

function leastSure(indices: readonly number[], all: readonly Asked[]): number[] {
  const sureness = (index: number): number => Math.abs((all[index]?.judgement.score ?? 0) - 0.5);
  return indices.toSorted((a, b) => sureness(a) - sureness(b));
}

async function opinions(
  runtime: Pick<PersonaRuntime, 'policy' | 'log'>,
  questions: readonly Asked[],
  inForce: LayersInForce,
  options: AskOptions,
): Promise<Decision[] | undefined> {
  if (questions.length === 0) return undefined;
  const { deciding, trial } = inForce;
  // Where only a layer on trial is in force, memory and rules decide alone.
  const ask = async (layers: readonly LayerId[]) =>
    layers.length === 0 ? [] : score(runtime, questions, layers, options);
  try {
    const decided = await ask(deciding);
    if (trial === undefined) return questions.map((one, i) => toDecision(one, decided[i], deciding, options));
    // The side of the trial that does not decide is asked as well: people will say which one was right.
    const isCanary = includes(deciding, trial.layer);
    const besides = isCanary ? trial.baseline : trial.candidate;
    const other = await ask(besides);
    return questions.map((one, i) => {
      const decision = toDecision(one, decided[i], deciding, options);
      const beside = toDecision(one, other[i], besides, options).judgement.score;
      return { ...decision, trial: toRecord(trial, decision.judgement.score, beside, isCanary) };
    });
  } catch (thrown) {
    const error = toContinuumError(thrown);
    if (error.code === 'ABORTED') throw thrown;
    runtime.log.warn({ code: error.code, layers: deciding }, `the policy gave no opinion: ${error.message}`);
    return undefined;
  }
}

function includes(layers: readonly LayerId[], id: LayerId): boolean {
  return layers.some((layer) => layer === id);
}

async function score(
  { policy }: Pick<PersonaRuntime, 'policy'>,
  questions: readonly Asked[],
  layers: readonly LayerId[],
  { bare, signal }: AskOptions,
): Promise<(readonly number[])[]> {
  const requests = questions.map(({ candidate, model, prior, judgement }) => {
    const described = describe(candidate);
    const prompt = bare ? barePrompt(described) : dossierPrompt(described, model, prior, judgement.score);
    return { prompt, completions: [POST, SKIP] };
  });
  const scored = await policy.score(requests, layers, signal === undefined ? {} : { signal });
  return scored.map(({ logProbabilities }) => logProbabilities);
}

function toDecision(
  asked: Asked,
  logProbabilities: readonly number[] | undefined,
  layers: readonly LayerId[],
  { threshold, bare }: AskOptions,
): Decision {
  const { judgement, model } = asked;
  if (logProbabilities === undefined) return { judgement, trial: undefined };
  const corrections = Math.max(model.recalled.length, layers.length > 0 ? LAYER_SPEAKS_FOR : 0);
  const together: Blended = bare
    ? { probability: policyProbability(logProbabilities), moved: 0 }
    : blend({ probability: judgement.score, corrections }, logProbabilities);
  const why = [...judgement.why, explain(logProbabilities, together, layers)];
  const verdict = together.probability >= threshold ? 'post' : 'skip';
  return { judgement: { verdict, score: together.probability, why }, trial: undefined };
}

function explain(logProbabilities: readonly number[], { moved }: Blended, layers: readonly LayerId[]): Reason {
  const percent = Math.round(policyProbability(logProbabilities) * 100);
  return {
    kind: 'layer',
    text: `The model with ${layers.join(' and ')} leans ${percent} % to posting.`,
    weight: moved,
  };
}

function toRecord(
  { scope, layer, stage }: NonNullable<LayersInForce['trial']>,
  decided: number,
  beside: number,
  candidateDecides: boolean,
): TrialRecord {
  const [candidate, baseline] = candidateDecides ? [decided, beside] : [beside, decided];
  return { scope, layer, stage, candidate, baseline };
}
