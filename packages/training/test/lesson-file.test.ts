import { ContinuumError } from '@continuum/contract/errors';
import { Memory } from '@continuum/contract/learning';
import { readLessons, toMemory, writeLessons } from '@continuum/training/lesson-file';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const REPO = 'acme/shop';

function memory(changes: Record<string, unknown> = {}): Memory {
  return Memory.parse({
    ...{ id: 'mem_1', kind: 'correction', verdict: 'decline', repo: REPO, scope: '/security/', fingerprint: 'f1' },
    finding: {
      ...{ rule: 'ast/js-sql', category: 'security', severity: 'high', confidence: 0.9, path: 'src/db.ts' },
      evidence: 'db.query(sql)',
      facts: {
        ...{ language: 'typescript', pathClass: 'source', role: 'argument', origins: ['request'], guards: [] },
        ...{ sanitizers: [], enclosing: [], functionName: '', exported: false, callee: 'db.query', frameworks: [] },
      },
    },
    ...{
      reason: 'these are constants',
      author: { kind: 'person', id: 'ada', name: 'Ada' },
      weight: 1,
      state: 'active',
    },
    ...{ source: { kind: 'github', url: 'https://github.com/acme/shop/pull/1#r1', externalId: '7', pr: 1 } },
    ...{ findingId: 'fnd_1', messageId: 'msg_1', at: '2026-01-02T00:00:00.000Z' },
    ...changes,
  });
}

describe('a file of lessons', () => {
  test('gives back what counts: who, verdict, words, what it was about', () => {
    const [lesson] = readLessons(writeLessons([memory()]));
    if (lesson === undefined) throw new Error('no lesson');
    const { findingId: _finding, messageId: _message, ...kept } = memory();
    expect(toMemory(lesson, REPO)).toEqual({
      ...kept,
      author: { kind: 'person', id: 'ada', name: 'ada' },
      source: { kind: 'github', url: 'https://github.com/acme/shop/pull/1#r1' },
    });
    expect(toMemory(lesson, 'fork/shop').repo).toBe('fork/shop');
  });

  test('is the same whatever order it is written in, and only grows at its end', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 1e12 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(times, fc.infiniteStream(fc.string({ unit: 'binary', maxLength: 60 })), (all, words) => {
        const memories = all.map((time, index) =>
          memory({ id: `mem_${index}`, at: new Date(time).toISOString(), reason: words.next().value ?? '' }),
        );
        const text = writeLessons(memories);
        expect(writeLessons(memories.toReversed())).toBe(text);
        const again = readLessons(text).map((lesson) => toMemory(lesson, REPO));
        expect(writeLessons(again)).toBe(text);
        expect(text.split('\n')).toHaveLength(all.length + 1);
        const newest = memory({ id: 'mem_new', at: new Date(2e12).toISOString() });
        expect(writeLessons([newest, ...memories]).startsWith(text)).toBe(true);
      }),
    );
  });

  test('redacts secrets in what people said', () => {
    const text = writeLessons([memory({ reason: `the key ghp_${'a'.repeat(36)} is revoked` })]);
    expect(text).toContain('[redacted:github-token]');
    expect(text).not.toContain('ghp_a');
  });

  test.each([
    ['not json', 'line 2'],
    ['{"v":2}', 'line 2'],
    [writeLessons([memory()]).replace('"v":1', '"v":1,"run":"rm -rf /"'), 'line 2'],
    [writeLessons([memory()]).replace('"weight":1', '"weight":1000'), 'line 2'],
  ])('refuses %j and names the line', (line, says) => {
    const refusal = (): unknown => {
      try {
        return readLessons(`\n${line}`);
      } catch (error) {
        return error;
      }
    };
    const error = refusal();
    expect(error).toBeInstanceOf(ContinuumError);
    expect(String(error)).toContain(says);
  });

  test('any text is lessons or an error that says where', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        try {
          expect(Array.isArray(readLessons(text))).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_INPUT' });
        }
      }),
    );
  });
});
