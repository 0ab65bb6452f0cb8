import { createAnalyzerPool } from '@continuum/analyzers/pool/pool';
import type { ChangeSet } from '@continuum/contract/change-set';
import type { Arm } from '@continuum/contract/command';
import { MemoryId, ScopeId } from '@continuum/contract/ids';
import type { Memory } from '@continuum/contract/learning';
import type { AnalyzerPool } from '@continuum/contract/ports/analyzer';
import { judge } from '@continuum/memory/judge';
import { fitTeamModel, type TeamModel } from '@continuum/memory/team-model';
import { dedupe } from '@continuum/review/dedupe';
import { type Fingerprinted, withFingerprints } from '@continuum/review/fingerprint';
import { prior } from '@continuum/review/prior';
import type { Laboratory, Reviewed, TeamDriver } from './driver.ts';
import type { Reply } from './maintainer.ts';

const THRESHOLD = 0.5;

/** The learner without the system around it: the same analyzers, fingerprints, prior and judge, in a tenth of the time. */
export function inProcessLaboratory(): Laboratory {
  const pool = createAnalyzerPool();
  const known = new Map<ChangeSet, Promise<Fingerprinted[]>>();
  const candidates = (change: ChangeSet): Promise<Fingerprinted[]> => {
    const found = known.get(change) ?? analyze(pool, change);
    known.set(change, found);
    return found;
  };
  return { team: () => new InProcessTeam(candidates), close: () => pool.close() };
}

async function analyze(pool: AnalyzerPool, change: ChangeSet): Promise<Fingerprinted[]> {
  const { findings } = await pool.analyze(change);
  return withFingerprints(dedupe(findings));
}

class InProcessTeam implements TeamDriver {
  readonly #candidates: (change: ChangeSet) => Promise<Fingerprinted[]>;
  readonly #findings = new Map<string, Fingerprinted>();
  readonly #memories: Memory[] = [];
  readonly #models = new Map<Arm, TeamModel>();

  constructor(candidates: (change: ChangeSet) => Promise<Fingerprinted[]>) {
    this.#candidates = candidates;
  }

  async review(change: ChangeSet): Promise<Reviewed[]> {
    const reviewed = await this.decide(change, 'memory');
    for (const { id, finding } of reviewed)
      this.#findings.set(id, { ...finding, fingerprint: id.slice(id.indexOf('#') + 1) });
    return reviewed;
  }

  async decide(change: ChangeSet, arm: Arm): Promise<Reviewed[]> {
    const model = this.#model(arm);
    return (await this.#candidates(change)).map((candidate) => {
      const { fingerprint } = candidate;
      const decision = {
        candidate,
        fingerprint: `${change.title}#${fingerprint}`,
        prior: prior(candidate),
        model,
        threshold: THRESHOLD,
      };
      return { id: `${change.title}#${fingerprint}`, finding: candidate, posted: judge(decision).verdict === 'post' };
    });
  }

  async correct(findingId: string, reply: Reply): Promise<void> {
    const finding = this.#findings.get(findingId);
    if (finding === undefined) return;
    this.#memories.push(toMemory(this.#memories.length, findingId, finding, reply));
    this.#models.clear();
  }

  #model(arm: Arm): TeamModel {
    const known =
      this.#models.get(arm) ?? fitTeamModel(arm === 'none' ? [] : this.#memories, { reasons: arm === 'memory' });
    this.#models.set(arm, known);
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
