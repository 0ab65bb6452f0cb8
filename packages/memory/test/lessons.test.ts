import { describe, expect, it } from 'vitest';
import { blend, memoryOffset, policyProbability } from '../src/blend.ts';
import { lessonsOf, trainingItemsOf } from '../src/lessons.ts';
import { findingWith, memoryWith } from './corrections.ts';

const memories = Array.from({ length: 40 }, (_, i) =>
  memoryWith({
    id: `m${String(i).padStart(2, '0')}`,
    verdict: i % 2 === 0 ? 'decline' : 'affirm',
    finding: findingWith({
      path: i % 2 === 0 ? `test/a${i}.js` : `src/a${i}.js`,
      facts: { pathClass: i % 2 === 0 ? 'test' : 'source' },
    }),
  }),
);
const options = { seed: 3, priorOf: () => 0.6 };

describe('lessons', () => {
  it('use every correction once, a share of them held out', () => {
    const { train, heldOut } = lessonsOf(memories, { ...options, heldOutShare: 0.2 });
    expect([train.length, heldOut.length]).toEqual([32, 8]);
    expect(new Set([...train, ...heldOut].map(({ memoryId }) => memoryId)).size).toBe(40);
  });

  it('are the same for the same seed, whatever happened before', () => {
    expect(lessonsOf(memories, options)).toEqual(lessonsOf(memories, options));
    expect(lessonsOf(memories, options)).not.toEqual(lessonsOf(memories, { ...options, seed: 4 }));
  });

  it('never show the memory the correction itself', () => {
    const one = memoryWith({ id: 'm1', finding: findingWith({ rule: 'ast/only-once' }) });
    const { train } = lessonsOf([one, ...memories.slice(1, 6)], { ...options, heldOutShare: 0 });
    const lesson = train.find(({ memoryId }) => memoryId === 'm1');
    expect(lesson?.prompt).toContain('rule o+0 n0');
    expect(lesson?.wanted).toBe(false);
  });

  it('leave out what no longer counts', () => {
    const gone = memories.map((memory) => ({ ...memory, state: 'revoked' as const }));
    expect(lessonsOf(gone, options)).toEqual({ train: [], heldOut: [] });
  });

  it('mark what touches safety', () => {
    const secret = memoryWith({ id: 'm1', finding: findingWith({ category: 'secret' }) });
    const { train } = lessonsOf([secret], { ...options, heldOutShare: 0 });
    expect(train.map(({ safety }) => safety)).toEqual([true]);
  });

  it('become a pair beside the memory and a pair without it', () => {
    const [lesson] = lessonsOf(memories, options).train;
    if (lesson === undefined) throw new Error('a lesson');
    const items = trainingItemsOf({ ...lesson, wanted: false, memoryProbability: 0.9 });
    expect(items).toMatchObject([
      { prompt: lesson.prompt, chosen: ' skip', rejected: ' post', offset: -memoryOffset(0.9) },
      { prompt: lesson.bare, chosen: ' skip', rejected: ' post' },
    ]);
    expect(items[1]).not.toHaveProperty('offset');
  });
});

describe('blend', () => {
  it('adds the log-odds of both, more of the model the more corrections there are', () => {
    const memory = { probability: 0.5, corrections: 97 };
    expect(blend(memory, [0, -1]).probability).toBeCloseTo(1 / (1 + Math.exp(-0.485)));
    expect(blend({ ...memory, corrections: 0 }, [0, -1])).toEqual({ probability: 0.5, moved: 0 });
  });

  it('bounds how sure the memory can be, so that the model can be heard', () => {
    expect(memoryOffset(1)).toBe(4);
    expect(memoryOffset(0)).toBe(-4);
  });

  it('is the model alone without a memory', () => {
    expect(policyProbability([-1, -1])).toBe(0.5);
    expect(policyProbability([-0.1, -3])).toBeGreaterThan(0.9);
  });
});
