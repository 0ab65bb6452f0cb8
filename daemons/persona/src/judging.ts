import { createHash } from 'node:crypto';
import type { Arm } from '@continuum/contract/command';
import type { CandidateFinding, Judgement } from '@continuum/contract/finding';
import type { ScopeId } from '@continuum/contract/ids';
import type { Memory } from '@continuum/contract/learning';
import type { LearningStore } from '@continuum/contract/ports/store';
import { scopeChain } from '@continuum/genome/scopes';
import { judge } from '@continuum/memory/judge';
import { fitTeamModel, type TeamModel } from '@continuum/memory/team-model';
import { prior } from '@continuum/review/prior';

const MOST_MEMORIES = 5_000;
const CACHED_MODELS = 64;
/** One correction speaks for its scope; elsewhere in the repository it takes several to weigh as much. */
const WEIGHT_ELSEWHERE = 0.5;

export interface Judge {
  /** Decides on a candidate with what the team taught: in full in its scope and the scopes above it, less elsewhere. */
  decide(candidate: CandidateFinding, fingerprint: string, scope: ScopeId, threshold: number): Judgement;
}

/** Fitting is worth keeping: most reviews of a repository see the memories of the one before. */
export class JudgeFactory {
  readonly #models = new Map<string, TeamModel>();
  readonly #learning: LearningStore;

  constructor(learning: LearningStore) {
    this.#learning = learning;
  }

  /** A judge for one repository, as of now. `none` leaves every memory out, `memory_no_reason` their words. */
  async judgeFor(repo: string, arm: Arm): Promise<Judge> {
    const filter = { repo, state: 'active', limit: MOST_MEMORIES } as const;
    const memories = arm === 'none' ? [] : await this.#learning.memories(filter);
    const byScope = new Map<ScopeId, TeamModel>();
    const modelFor = (scope: ScopeId): TeamModel => {
      const known = byScope.get(scope);
      if (known !== undefined) return known;
      const model = this.#fit(scope, memories, arm !== 'memory_no_reason');
      byScope.set(scope, model);
      return model;
    };
    return {
      decide: (candidate, fingerprint, scope, threshold) =>
        judge({ candidate, fingerprint, prior: prior(candidate), model: modelFor(scope), threshold }),
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
