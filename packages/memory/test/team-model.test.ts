import type { Facts } from '@continuum/contract/finding';
import type { Memory } from '@continuum/contract/learning';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from '../src/judge.ts';
import { fitTeamModel, type TeamModel } from '../src/team-model.ts';
import { findingWith, memoryWith } from './corrections.ts';

const prior = { score: 0.7, why: [] };
const ROLES: readonly Facts['role'][] = ['read', 'assigned', 'loop-index', 'called'];
const PATHS: readonly Facts['pathClass'][] = ['source', 'test', 'command-line'];
const RULES = ['ast/js-object-injection', 'ast/js-path-traversal', 'ast/js-redos'];

/** The i-th finding of a small world in which every combination of rule, role and path occurs. */
function worldly(i: number): ReturnType<typeof findingWith> {
  const pathClass = PATHS[Math.floor(i / 4) % 3] ?? 'source';
  return findingWith({
    rule: RULES[Math.floor(i / 12) % 3] ?? '',
    path: `${pathClass}/file${i}.js`,
    evidence: `rows${i % 7}[key${i % 5}]`,
    facts: { role: ROLES[i % 4] ?? 'read', pathClass, functionName: `run${i % 6}` },
  });
}

/** The policy of the world: tests are fine, and so are reads. */
function wanted(i: number): boolean {
  const { facts } = worldly(i);
  return facts.pathClass !== 'test' && facts.role !== 'read';
}

function taught(
  i: number,
  parts: { readonly author?: string; readonly affirm?: boolean; readonly reason?: string } = {},
): Memory {
  const verdict = (parts.affirm ?? wanted(i)) ? 'affirm' : 'decline';
  const { author = `author-${i % 4}`, reason = '' } = parts;
  return memoryWith({ id: `m${String(i).padStart(4, '0')}`, finding: worldly(i), verdict, author, reason });
}

function accuracy(model: TeamModel): number {
  const exam = Array.from({ length: 108 }, (_, i) => 5_000 + i);
  const right = exam.filter((i) => {
    const { verdict } = judge({ candidate: worldly(i), fingerprint: `f${i}`, prior, model });
    return (verdict === 'post') === wanted(i);
  });
  return right.length / exam.length;
}

const LESSONS = Array.from({ length: 100 }, (_, i) => taught(i * 7));

describe('fitTeamModel', () => {
  it('learns a policy of two clauses from a hundred corrections without reasons', () => {
    expect(accuracy(fitTeamModel(LESSONS, { reasons: true }))).toBeGreaterThan(0.97);
  });

  it('learns sooner from reasons than without them', () => {
    const few = LESSONS.slice(0, 8).map((memory, i) => {
      const { role, pathClass } = memory.finding.facts;
      const reason = pathClass === 'test' ? 'we never flag tests' : role === 'read' ? 'only a read' : '';
      return taught(i * 7, { reason });
    });
    const withReasons = accuracy(fitTeamModel(few, { reasons: true }));
    expect(withReasons).toBeGreaterThan(accuracy(fitTeamModel(few, { reasons: false })));
  });

  it('does not depend on the order of the memories', () => {
    const shuffledLessons = fc.shuffledSubarray(LESSONS.slice(0, 30), { minLength: 30 });
    const model = fitTeamModel(LESSONS.slice(0, 30), { reasons: true });
    fc.assert(
      fc.property(shuffledLessons, fc.nat(200), (lessons, i) => {
        const input = { candidate: worldly(i), fingerprint: 'f', prior };
        const other = fitTeamModel(lessons, { reasons: true });
        expect(judge({ ...input, model: other })).toEqual(judge({ ...input, model }));
      }),
      { numRuns: 20 },
    );
  });

  it('ignores memories that are not active', () => {
    const states = ['revoked', 'quarantined', 'superseded'] as const;
    const poison = states.map((state, i) => ({ ...taught(900 + i, { affirm: false }), state, fingerprint: 'f' }));
    const plain = fitTeamModel(LESSONS, { reasons: true });
    const model = fitTeamModel([...LESSONS, ...poison], { reasons: true });
    const input = { candidate: worldly(1), fingerprint: 'f', prior };
    expect(judge({ ...input, model })).toEqual(judge({ ...input, model: plain }));
  });

  it('loses at most a point when five in a hundred corrections come from a rogue', () => {
    const rogue = Array.from({ length: 5 }, (_, i) =>
      taught(1_001 + i * 11, { author: 'rogue', affirm: !wanted(1_001 + i * 11) }),
    );
    const clean = accuracy(fitTeamModel(LESSONS, { reasons: true }));
    const poisoned = fitTeamModel([...LESSONS.slice(0, 95), ...rogue], { reasons: true });
    expect(accuracy(poisoned)).toBeGreaterThanOrEqual(clean - 0.01);
  });

  it('trusts an author who contradicts all others less', () => {
    const rogue = Array.from({ length: 20 }, (_, i) =>
      taught(1_001 + i * 11, { author: 'rogue', affirm: !wanted(1_001 + i * 11) }),
    );
    const { trust } = fitTeamModel([...LESSONS, ...rogue], { reasons: true }).fit;
    expect(trust.get('rogue') ?? 1).toBeLessThan(0.5);
    expect(trust.get('author-1')).toBe(1);
  });

  it('fits five hundred memories fast enough to do it with every review', () => {
    const many = Array.from({ length: 500 }, (_, i) => taught(i));
    fitTeamModel(many.slice(0, 100), { reasons: true });
    const before = performance.now();
    fitTeamModel(many, { reasons: true });
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
