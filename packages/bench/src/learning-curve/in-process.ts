import { createAnalyzerPool } from '@continuum/analyzers/pool/pool';
import type { ChangeSet } from '@continuum/contract/change-set';
import type { Arm } from '@continuum/contract/command';
import type { Judgement } from '@continuum/contract/finding';
import { MemoryId, ScopeId } from '@continuum/contract/ids';
import type { LayerId } from '@continuum/contract/layer';
import type { Memory } from '@continuum/contract/learning';
import type { AnalyzerPool } from '@continuum/contract/ports/analyzer';
import { blend, LAYER_SPEAKS_FOR, policyProbability } from '@continuum/memory/blend';
import { barePrompt, dossierPrompt } from '@continuum/memory/dossier/prompt';
import { describe, realmOf } from '@continuum/memory/features';
import { judge } from '@continuum/memory/judge';
import { fitTeamModel, type TeamModel } from '@continuum/memory/team-model';
import { dedupe } from '@continuum/review/dedupe';
import { type Fingerprinted, withFingerprints } from '@continuum/review/fingerprint';
import { prior } from '@continuum/review/prior';
import type { Laboratory, Reviewed, TeamDriver } from './driver.ts';
import type { Reply } from './maintainer.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const THRESHOLD = 0.5;
const SEED = 1;

interface Remembered {
  readonly id: string;
  readonly candidate: Fingerprinted;
  readonly model: TeamModel;
  readonly prior: number;
  readonly judgement: Judgement;
}

/** The learner without the system around it: the same analyzers, fingerprints, prior, judge, trainer, host and gates. */
export async function inProcessLaboratory(): Promise<Laboratory> {
  const pool = createAnalyzerPool();
  const workshop = await openWorkshop();
  const known = new Map<ChangeSet, Promise<Fingerprinted[]>>();
  const candidates = (change: ChangeSet): Promise<Fingerprinted[]> => {
    const found = known.get(change) ?? analyze(pool, change);
    known.set(change, found);
    return found;
  };
  return {
    team: async () => new InProcessTeam(candidates, workshop),
    close: async () => {
      await workshop.close();
      await pool.close();
    },
  };
}

async function analyze(pool: AnalyzerPool, change: ChangeSet): Promise<Fingerprinted[]> {
  const { findings } = await pool.analyze(change);
  return withFingerprints(dedupe(findings));
}

class InProcessTeam implements TeamDriver {
  readonly #candidates: (change: ChangeSet) => Promise<Fingerprinted[]>;
  readonly #findings = new Map<string, Fingerprinted>();
  readonly #memories: Memory[] = [];
  readonly #models = new Map<boolean, TeamModel>();
  readonly #workshop: Workshop;
  #layers: readonly LayerId[] = [];

  constructor(candidates: (change: ChangeSet) => Promise<Fingerprinted[]>, workshop: Workshop) {
    this.#candidates = candidates;
    this.#workshop = workshop;
  }

  async review(change: ChangeSet): Promise<Reviewed[]> {
    const reviewed = await this.decide(change, 'memory');
    for (const { id, finding } of reviewed)
      this.#findings.set(id, { ...finding, fingerprint: id.slice(id.indexOf('#') + 1) });
    return reviewed;
  }

  async decide(change: ChangeSet, arm: Arm): Promise<Reviewed[]> {
    const judged = (await this.#candidates(change)).map((candidate) => this.#remember(change, candidate, arm));
    const asks = arm === 'both' || arm === 'layer';
    const answers = asks ? await this.#ask(judged, arm) : [];
    return judged.map(({ id, candidate, judgement }, index) => {
      const answer = answers[index];
      const probability = answer === undefined ? judgement.score : this.#together(judgement.score, answer, arm);
      return { id, finding: candidate, posted: probability >= THRESHOLD };
    });
  }

  async train(): Promise<boolean> {
    const layer = await this.#workshop.train(this.#memories, SEED);
    this.#layers = layer === undefined ? [] : [layer];
    return layer !== undefined;
  }

  async close(): Promise<void> {}

  #remember(change: ChangeSet, candidate: Fingerprinted, arm: Arm): Remembered {
    const id = `${change.title}#${candidate.fingerprint}`;
    const before = prior(candidate);
    const model = this.#model(arm);
    const judgement = judge({ candidate, fingerprint: id, prior: before, model, threshold: THRESHOLD });
    return { id, candidate, model, prior: before.score, judgement };
  }

  /** Answers by position; undefined where the memory decides alone, as in a review. */
  async #ask(judged: readonly Remembered[], arm: Arm): Promise<(readonly number[] | undefined)[]> {
    const open = [...judged.keys()].filter((index) => this.#isOpen(judged[index]));
    const prompts = open.flatMap((index) => {
      const one = judged[index];
      if (one === undefined) return [];
      const described = describe(one.candidate);
      return [
        arm === 'layer' ? barePrompt(described) : dossierPrompt(described, one.model, one.prior, one.judgement.score),
      ];
    });
    const answers = await this.#workshop.ask(prompts, this.#layers);
    const byIndex = new Map(open.map((index, position) => [index, answers[position]]));
    return judged.map((_, index) => byIndex.get(index));
  }

  #isOpen(one: Remembered | undefined): boolean {
    if (one === undefined || realmOf(one.candidate) !== '') return false;
    if (one.judgement.why.some(({ kind }) => kind === 'declined')) return false;
    return this.#layers.length > 0;
  }

  #together(memory: number, answer: readonly number[], arm: Arm): number {
    if (arm === 'layer') return policyProbability(answer);
    const corrections = Math.max(this.#memories.length, this.#layers.length > 0 ? LAYER_SPEAKS_FOR : 0);
    return blend({ probability: memory, corrections }, answer).probability;
  }

  async correct(findingId: string, reply: Reply): Promise<void> {
    const finding = this.#findings.get(findingId);
    if (finding === undefined) return;
    this.#memories.push(toMemory(this.#memories.length, findingId, finding, reply));
    this.#models.clear();
  }

  #model(arm: Arm): TeamModel {
    const isEmpty = arm === 'none' || arm === 'layer';
    const reasons = arm !== 'memory_no_reason';
    if (isEmpty) return fitTeamModel([], { reasons });
    const known = this.#models.get(reasons) ?? fitTeamModel(this.#memories, { reasons });
    this.#models.set(reasons, known);
    return known;
  }
}

function toMemory(index: number, fingerprint: string, finding: Fingerprinted, reply: Reply): Memory {
  const { rule, category, severity, confidence, path, evidence, facts } = finding;
  return {
    id: MemoryId.parse(`memory_${String(index).padStart(6, '0')}`),
    kind: 'correction',
    verdict: reply.verdict === 'right' ? 'affirm' : 'decline',
    repo: 'team/corpus',
    scope: ScopeId.parse('/'),
    fingerprint,
    finding: { rule, category, severity, confidence, path, evidence, facts },
    reason: reply.reason,
    author: { kind: 'person', id: 'maintainer', name: 'maintainer' },
    source: { kind: 'api' },
    weight: 1,
    state: 'active',
    at: '2026-01-01T00:00:00.000Z',
  };
}
