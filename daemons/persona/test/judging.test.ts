import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CandidateFinding } from '@continuum/contract/finding';
import { ScopeId } from '@continuum/contract/ids';
import { Memory } from '@continuum/contract/learning';
import { openPgliteStore } from '@continuum/store/pglite';
import { expect, test } from 'vitest';
import { JudgeFactory } from '../src/judging.ts';

const REPO = 'acme/shop';

function finding(index: number): CandidateFinding {
  return CandidateFinding.parse({
    ...{ rule: 'ast/js-sql', category: 'security', severity: 'high', confidence: 0.9, path: `src/db${index}.ts` },
    ...{
      line: 15,
      endLine: 15,
      evidence: `db.query(sql${index})`,
      title: 'SQL from input',
      message: 'Use parameters.',
    },
    facts: {
      ...{ language: 'typescript', pathClass: 'source', role: 'argument', origins: ['request'], guards: [] },
      ...{ sanitizers: [], enclosing: [], functionName: '', exported: false, callee: 'db.query', frameworks: [] },
    },
  });
}

function memory(index: number): Memory {
  return Memory.parse({
    ...{ id: `mem_${index}`, kind: 'correction', verdict: index === 0 ? 'decline' : 'affirm', repo: REPO, scope: '/' },
    ...{ fingerprint: `fp_${index}`, finding: finding(index), reason: '', weight: 1, state: 'active' },
    author: { kind: 'person', id: 'alice', name: 'alice' },
    ...{ source: { kind: 'web' }, at: '2026-01-01T00:00:00.000Z' },
  });
}

test('a finding declined more than a thousand corrections ago does not come back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'judging-'));
  const store = await openPgliteStore({ folder });
  await store.transaction(async ({ learning }) => {
    for (let index = 0; index < 1_010; index += 1) await learning.addMemory(memory(index));
  });
  const judge = await new JudgeFactory(store.learning).judgeFor(REPO, 'memory');
  const { verdict, why } = judge.decide(finding(0), 'fp_0', ScopeId.parse('/'), 0.5);
  expect(verdict).toBe('skip');
  expect(why.map(({ kind }) => kind)).toContain('declined');
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('a correction counts in full in its scope and below, and less elsewhere', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'judging-'));
  const store = await openPgliteStore({ folder });
  await store.learning.addMemory({ ...memory(0), scope: ScopeId.parse('/security/') });
  const judge = await new JudgeFactory(store.learning).judgeFor(REPO, 'memory');
  const scoreIn = (scope: string) => judge.decide(finding(5), 'fp_5', ScopeId.parse(scope), 0.5).score;
  const untaught = await new JudgeFactory(store.learning).judgeFor('acme/other', 'memory');
  const before = untaught.decide(finding(5), 'fp_5', ScopeId.parse('/'), 0.5).score;
  expect(scoreIn('/security/auth/')).toBe(scoreIn('/security/'));
  expect(scoreIn('/security/')).toBeLessThan(scoreIn('/frontend/'));
  expect(scoreIn('/frontend/')).toBeLessThan(before);
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
