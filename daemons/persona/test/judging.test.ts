import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContinuumError } from '@continuum/contract/errors';
import { CandidateFinding, type Judgement } from '@continuum/contract/finding';
import { ScopeId } from '@continuum/contract/ids';
import { LayerId } from '@continuum/contract/layer';
import { Memory } from '@continuum/contract/learning';
import type { Policy } from '@continuum/contract/ports/policy';
import type { Store } from '@continuum/contract/ports/store';
import { writePointer } from '@continuum/genome/active-layers';
import { openPgliteStore } from '@continuum/store/pglite';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { type Judge, JudgeFactory } from '../src/judging.ts';

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

interface Asked {
  readonly layers: readonly LayerId[];
}

/** A policy that always answers the same, or fails when it has no answer; the judge is what is tested. */
function runtime(
  store: Store,
  { asked, answer }: { asked: Asked[]; answer: readonly number[] | undefined } = { asked: [], answer: [-1, -1] },
): ConstructorParameters<typeof JudgeFactory>[0] {
  const score: Policy['score'] = async (requests, layers) => {
    asked.push({ layers });
    if (answer === undefined) throw new ContinuumError('MODEL_UNAVAILABLE', 'the model is away');
    return requests.map(() => ({ logProbabilities: answer, composition: { baseModel: '', layers: [...layers] } }));
  };
  const policy: Policy = {
    ...{ baseModel: '', score, hold: async () => undefined, release: () => [], resident: () => [] },
    close: async () => undefined,
  };
  return { store, policy, log: pino({ level: 'silent' }) };
}

async function judgementOf(judge: Judge, index: number, scope: string): Promise<Judgement> {
  const question = { candidate: finding(index), fingerprint: `fp_${index}`, scope: ScopeId.parse(scope) };
  const [decision] = await judge.decide([question], { threshold: 0.5 });
  if (decision === undefined) throw new Error('no decision');
  return decision.judgement;
}

test('a finding declined more than a thousand corrections ago does not come back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'judging-'));
  const store = await openPgliteStore({ folder });
  await store.transaction(async ({ learning }) => {
    for (let index = 0; index < 1_010; index += 1) await learning.addMemory(memory(index));
  });
  const judge = await new JudgeFactory(runtime(store)).judgeFor(REPO, 'both');
  const { verdict, why } = await judgementOf(judge, 0, '/');
  expect(verdict).toBe('skip');
  expect(why.map(({ kind }) => kind)).toContain('declined');
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('a correction counts in full in its scope and below, and less elsewhere', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'judging-'));
  const store = await openPgliteStore({ folder });
  await store.learning.addMemory({ ...memory(0), scope: ScopeId.parse('/security/') });
  const judge = await new JudgeFactory(runtime(store)).judgeFor(REPO, 'memory');
  const untaught = await new JudgeFactory(runtime(store)).judgeFor('acme/other', 'memory');
  const scoreIn = async (scope: string) => (await judgementOf(judge, 5, scope)).score;
  const before = (await judgementOf(untaught, 5, '/')).score;
  expect(await scoreIn('/security/auth/')).toBe(await scoreIn('/security/'));
  expect(await scoreIn('/security/')).toBeLessThan(await scoreIn('/frontend/'));
  expect(await scoreIn('/frontend/')).toBeLessThan(before);
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('the layers in force speak with the memory, and say so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'judging-'));
  const store = await openPgliteStore({ folder });
  const layer = LayerId.parse(`layer-${'a'.repeat(32)}`);
  await writePointer(store.values, ScopeId.parse('/security/'), { active: layer, canaryShare: 0 });
  const asked: Asked[] = [];
  const factory = new JudgeFactory(runtime(store, { asked, answer: [-4, -0.1] }));
  const both = await judgementOf(await factory.judgeFor(REPO, 'both'), 5, '/security/auth/');
  const memory = await judgementOf(await factory.judgeFor(REPO, 'memory'), 5, '/security/auth/');
  expect(asked).toMatchObject([{ layers: [layer] }]);
  expect(both.score).toBeLessThan(memory.score);
  expect(both.why.at(-1)).toMatchObject({ kind: 'layer', text: expect.stringContaining(layer) });
  await judgementOf(await factory.judgeFor(REPO, 'both'), 5, '/frontend/');
  expect(asked).toHaveLength(1);
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('secrets are decided by the memory alone, and a policy that fails costs its opinion only', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'judging-'));
  const store = await openPgliteStore({ folder });
  const layer = LayerId.parse(`layer-${'a'.repeat(32)}`);
  await writePointer(store.values, ScopeId.parse('/'), { active: layer, canaryShare: 0 });
  await store.learning.addMemory(memory(0));
  const asked: Asked[] = [];
  const judge = await new JudgeFactory(runtime(store, { asked, answer: undefined })).judgeFor(REPO, 'both');
  const secret = { ...finding(7), category: 'secret' } as const;
  const question = { candidate: secret, fingerprint: 'fp_7', scope: ScopeId.parse('/') };
  await judge.decide([question], { threshold: 0.5 });
  expect(asked).toHaveLength(0);
  const judged = await judgementOf(judge, 5, '/');
  expect(asked).toHaveLength(1);
  const alone = await new JudgeFactory(runtime(store)).judgeFor(REPO, 'memory');
  expect(judged).toEqual(await judgementOf(alone, 5, '/'));
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

test('a layer on trial is asked beside the one that decides', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'judging-'));
  const store = await openPgliteStore({ folder });
  const [active, shadow] = ['a', 'b'].map((letter) => LayerId.parse(`layer-${letter.repeat(32)}`));
  const root = ScopeId.parse('/');
  if (active === undefined || shadow === undefined) throw new Error('two layers');
  await writePointer(store.values, root, { active, shadow, canaryShare: 0 });
  const asked: Asked[] = [];
  const judge = await new JudgeFactory(runtime(store, { asked, answer: [-0.1, -3] })).judgeFor(REPO, 'both');
  const question = { candidate: finding(5), fingerprint: 'fp_5', scope: root };
  const [decision] = await judge.decide([question], { threshold: 0.5, key: `${REPO}#1` });
  expect(asked.map(({ layers }) => layers)).toEqual([[active], [shadow]]);
  expect(decision?.trial).toMatchObject({ layer: shadow, stage: 'shadow', scope: '/' });
  await store.close();
  await rm(folder, { recursive: true, force: true });
});
