import { describe, expect, it } from 'vitest';
import { judge } from '../src/judge.ts';
import { fitTeamModel } from '../src/team-model.ts';
import { findingWith, memoryWith } from './corrections.ts';

const prior = { score: 0.7, why: [] };

describe('judge', () => {
  it('keeps the prior when the team has said nothing', () => {
    const model = fitTeamModel([], { reasons: true });
    expect(judge({ candidate: findingWith(), fingerprint: 'f', prior, model })).toMatchObject({
      verdict: 'post',
      score: 0.7,
    });
  });

  it('never raises a declined fingerprint again and says who declined it', () => {
    const model = fitTeamModel(
      [memoryWith({ id: 'm1', fingerprint: 'f', url: 'https://x.test/1', reason: 'only a read' })],
      { reasons: true },
    );
    const judgement = judge({ candidate: findingWith(), fingerprint: 'f', prior, model });
    expect(judgement).toMatchObject({ verdict: 'skip', score: 0 });
    expect(judgement.why.at(-1)).toMatchObject({ kind: 'declined', memoryId: 'm1', link: 'https://x.test/1' });
    expect(judgement.why.at(-1)?.text).toContain('only a read');
  });

  it('withholds the same structure elsewhere after one decline and cites it', () => {
    const model = fitTeamModel([memoryWith({ id: 'm1', reason: 'only a read' })], { reasons: true });
    const judgement = judge({
      candidate: findingWith({ path: 'lib/other.js', evidence: 'rows[key]' }),
      fingerprint: 'g',
      prior,
      model,
    });
    expect(judgement.verdict).toBe('skip');
    expect(judgement.why).toContainEqual(expect.objectContaining({ kind: 'memory', memoryId: 'm1' }));
  });
});
