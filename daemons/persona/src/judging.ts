import { createHash } from 'node:crypto';
import type { Arm } from '@continuum/contract/command';
import type { CandidateFinding } from '@continuum/contract/finding';
import type { ScopeId } from '@continuum/contract/ids';
import type { Memory } from '@continuum/contract/learning';
import { scopeChain } from '@continuum/genome/scopes';
import { judge } from '@continuum/memory/judge';
import { fitTeamModel, type TeamModel } from '@continuum/memory/team-model';
import { prior } from '@continuum/review/prior';
import { type Asked, askPolicy, type Decision, type JudgeOptions } from './asking.ts';
import type { PersonaRuntime } from './runtime.ts';

const MOST_MEMORIES = 5_000;
const CACHED_MODELS = 64;
/** One correction speaks for its scope; elsewhere in the repository it takes several to weigh as much. */
const WEIGHT_ELSEWHERE = 0.5;

/** A candidate to be judged where it stands. */
export interface Question {
  readonly candidate: CandidateFinding;
  readonly fingerprint: string;
  readonly scope: ScopeId;
}

export interface Judge {
  /**
   * Decides on candidates with what the team taught: by memory in full in its scope and the scopes above it and less
   * elsewhere, and by the policy model under the layers of that chain.
   */
  decide(questions: readonly Question[], options: JudgeOptions): Promise<Decision[]>;
}

/** Fitting is worth keeping: most reviews of a repository see the memories of the one before. */
export class JudgeFactory {
  readonly #models = new Map<string, TeamModel>();
  readonly #runtime: Pick<PersonaRuntime, 'store' | 'policy' | 'log'>;

  constructor(runtime: Pick<PersonaRuntime, 'store' | 'policy' | 'log'>) {
    this.#runtime = runtime;
  }

  /**
   * A judge for one repository, as of now. `none` leaves everything learned out, `layer` every memory, `memory` the
   * policy model, `memory_no_reason` also the words of the corrections.
   */
  async judgeFor(repo: string, arm: Arm): Promise<Judge> {
    const filter = { repo, state: 'active', limit: MOST_MEMORIES } as const;
    const withMemory = arm === 'memory' || arm === 'memory_no_reason' || arm === 'both';
    const memories = withMemory ? await this.#runtime.store.learning.memories(filter) : [];
    const byScope = new Map<ScopeId, TeamModel>();
    const modelFor = (scope: ScopeId): TeamModel => {
      const known = byScope.get(scope) ?? this.#fit(scope, memories, arm !== 'memory_no_reason');
      byScope.set(scope, known);
      return known;
    };
    const asksPolicy = arm === 'layer' || arm === 'both';
    return {
      decide: async (questions, options) => {
        const asked = questions.map((question) => remember(question, modelFor(question.scope), options.threshold));
        if (asksPolicy) return askPolicy(this.#runtime, asked, { ...options, bare: arm === 'layer' });
        return asked.map(({ judgement }) => ({ judgement, trial: undefined }));
      },
    };
  }

  #fit(scope: ScopeId, memories: readonly Memory[], reasons: boolean): TeamModel {
    const key = keyOf(scope, memories, reasons);
    const known = this.#models.get(key);
    if (known !== undefined) return known;
    const model = fitTeamModel(seenFrom(scope, memories), { reasons });
    this.#models.set(key, model);
    const [oldest] = this.#models.keys();
    if (this.#models.size > CACHED_MODELS && oldest !== undefined) this.#models.delete(oldest);
    return model;
  }
}

function remember(question: Question, model: TeamModel, threshold: number): Asked {
  const { candidate, fingerprint, scope } = question;
  const before = prior(candidate);
  return {
    candidate,
    scope,
    model,
    prior: before.score,
    judgement: judge({ candidate, fingerprint, prior: before, model, threshold }),
  };
}

function keyOf(scope: ScopeId, memories: readonly Memory[], reasons: boolean): string {
  const hash = createHash('sha256').update(`${scope}\0${reasons}`);
  for (const memory of memories) hash.update(memory.id).update(memory.state).update('\0');
  return hash.digest('hex');
}

function seenFrom(scope: ScopeId, memories: readonly Memory[]): Memory[] {
  const chain = new Set<string>(scopeChain(scope));
  return memories.map((memory) =>
    chain.has(memory.scope) ? memory : { ...memory, weight: memory.weight * WEIGHT_ELSEWHERE },
  );
}
