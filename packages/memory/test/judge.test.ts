import { describe, expect, it } from 'vitest';
import { judge } from '../src/judge.ts';
import { fitTeamModel } from '../src/team-model.ts';
import { findingWith, type MemoryParts, memoryWith } from './corrections.ts';

const prior = { score: 0.7, why: [] };
const taught = (...memories: MemoryParts[]) => fitTeamModel(memories.map(memoryWith), { reasons: true });

describe('judge', () => {
  it('keeps the prior when the team has said nothing', () => {
    const judgement = judge({ candidate: findingWith(), fingerprint: 'f', prior, model: taught() });
    expect(judgement).toMatchObject({ verdict: 'post', score: 0.7, why: [] });
  });

  it('keeps to the threshold', () => {
    const input = { candidate: findingWith(), fingerprint: 'f', prior, model: taught() };
    expect(judge({ ...input, threshold: 0.71 }).verdict).toBe('skip');
    expect(judge({ ...input, threshold: 0.7 }).verdict).toBe('post');
  });

  it('never raises a declined fingerprint again and says who declined it', () => {
    const model = taught({ id: 'm1', fingerprint: 'f', url: 'https://x.test/1', reason: 'only a read' });
    const judgement = judge({ candidate: findingWith({ rule: 'ast/other' }), fingerprint: 'f', prior, model });
    expect(judgement).toMatchObject({ verdict: 'skip', score: 0 });
    expect(judgement.why.at(-1)).toMatchObject({
      kind: 'declined',
      memoryId: 'm1',
      author: 'ada',
      link: 'https://x.test/1',
    });
    expect(judgement.why.at(-1)?.text).toContain('"only a read"');
  });

  it('raises a fingerprint again that was affirmed after it was declined', () => {
    const model = taught({ id: 'm1', fingerprint: 'f' }, { id: 'm2', fingerprint: 'f', verdict: 'affirm' });
    expect(judge({ candidate: findingWith(), fingerprint: 'f', prior, model }).score).toBeGreaterThan(0);
  });

  it('withholds the same thing elsewhere after one decline, and cites it with its weight', () => {
    const model = taught({ id: 'm1', reason: 'only a read', url: 'https://x.test/1' });
    const candidate = findingWith({ path: 'lib/other.js', evidence: 'rows[key]' });
    const judgement = judge({ candidate, fingerprint: 'g', prior, model });
    expect(judgement.verdict).toBe('skip');
    const cited = judgement.why.find(({ memoryId }) => memoryId === 'm1');
    expect(cited).toMatchObject({ kind: 'memory', link: 'https://x.test/1' });
    expect(cited?.weight).toBeLessThan(0);
  });

  it('keeps posting what the reason does not speak of', () => {
    const model = taught({ id: 'm1', reason: 'only a read' });
    const candidate = findingWith({
      path: 'lib/set.js',
      evidence: 'rows[key] = value',
      facts: { role: 'assigned', origins: ['request'] },
    });
    expect(judge({ candidate, fingerprint: 'g', prior, model }).verdict).toBe('post');
  });

  it('keeps posting hard-coded secrets, whatever was said about queries', () => {
    const sql = findingWith({ rule: 'ast/js-sql-injection', severity: 'critical', evidence: 'db.query(text)' });
    const declines = Array.from({ length: 30 }, (_, i) => ({
      id: `m${i}`,
      finding: sql,
      reason: 'that is parameterized, see line 15',
    }));
    const secret = findingWith({
      rule: 'secrets/aws-key',
      category: 'secret',
      severity: 'critical',
      evidence: 'AKIA…',
    });
    const judgement = judge({ candidate: secret, fingerprint: 'g', prior, model: taught(...declines) });
    expect(judgement).toMatchObject({ verdict: 'post' });
    expect(judgement.score).toBeGreaterThan(0.6);
  });
});
