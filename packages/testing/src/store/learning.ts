import { FindingId, MemoryId, ScopeId } from '@continuum/contract/ids';
import type { Consent } from '@continuum/contract/learning';
import { describe, expect, test } from 'vitest';
import { sampleExample, sampleFeedback, sampleMemory } from './samples.ts';
import type { StoreUnderTest } from './under-test.ts';

/** Memories, training examples, feedback, consent. */
export function learningStoreContract({ store }: StoreUnderTest): void {
  describe('learning', () => {
    test('memories are found by repository, scopes and state, newest first', async () => {
      const repo = 'acme/memories';
      const [outer, inner] = [sampleMemory({ repo, scope: '/a/' }), sampleMemory({ repo, scope: '/a/b/' })];
      for (const memory of [outer, inner]) expect(await store().learning.addMemory(memory)).toBe(true);
      expect(await store().learning.addMemory(outer)).toBe(false);
      expect(await store().learning.memories({ repo })).toEqual([inner, outer]);
      expect(await store().learning.memories({ repo, limit: 1 })).toEqual([inner]);
      expect(await store().learning.memories({ repo, scopes: [outer.scope] })).toEqual([outer]);
      expect(await store().learning.memories({ repo, scopes: [] })).toEqual([]);
      await store().learning.setMemoryState(inner.id, 'quarantined');
      expect(await store().learning.memories({ repo, state: 'active' })).toEqual([outer]);
      expect(await store().learning.memory(inner.id)).toEqual({ ...inner, state: 'quarantined' });
      expect(await store().learning.memory(MemoryId.parse('none'))).toBeUndefined();
    });

    test('a span makes one example; a revoked one may be replaced', async () => {
      const example = sampleExample({
        preference: { prompt: [{ role: 'user', content: 'q' }], chosen: 'a', rejected: 'b' },
      });
      expect(await store().learning.addExample(example)).toBe(true);
      const twin = sampleExample({ spanHash: example.spanHash });
      expect(await store().learning.addExample(twin)).toBe(false);
      expect(await store().learning.exampleBySpan(example.spanHash)).toEqual(example);
      await store().learning.setExampleState(example.id, 'revoked');
      expect(await store().learning.exampleBySpan(example.spanHash)).toEqual({ ...example, state: 'revoked' });
      expect(await store().learning.addExample(twin)).toBe(true);
      expect(await store().learning.exampleBySpan(example.spanHash)).toEqual(twin);
      expect(await store().learning.example(example.id)).toEqual({ ...example, state: 'revoked' });
      await expect(store().learning.setExampleState(example.id, 'active')).rejects.toMatchObject({ code: 'CONFLICT' });
    });

    test('examples of a scope include everything below it, not its neighbours', async () => {
      const scopes = ['/tree/', '/tree/leaf/', '/treehouse/', '/tr_e/'];
      const all = scopes.map((scope) => sampleExample({ scope }));
      for (const example of all) await store().learning.addExample(example);
      const [root, leaf] = all;
      if (root === undefined || leaf === undefined) throw new Error('four examples');
      const scope = ScopeId.parse('/tree/');
      expect(await store().learning.examples({ scope })).toEqual([leaf, root]);
      expect(await store().learning.examples({ scope, before: leaf.id })).toEqual([root]);
      await store().learning.setExampleState(leaf.id, 'quarantined');
      expect(await store().learning.examples({ scope, state: 'active', limit: 5 })).toEqual([root]);
      expect(await store().learning.examples({ scope: ScopeId.parse('/tr_e/') })).toHaveLength(1);
    });

    test('feedback is kept once and found by finding', async () => {
      const findingId = FindingId.parse('fnd-feedback');
      const given = [sampleFeedback({ findingId }), sampleFeedback({ findingId, reason: 'because' })];
      for (const feedback of given) expect(await store().learning.addFeedback(feedback)).toBe(true);
      const [first, second] = given;
      if (first === undefined || second === undefined) throw new Error('two thumbs');
      expect(await store().learning.addFeedback(first)).toBe(false);
      await store().learning.addFeedback(sampleFeedback());
      expect(await store().learning.feedback(second.id)).toEqual(second);
      expect(await store().learning.listFeedback({ findingId })).toEqual([second, first]);
      expect(await store().learning.listFeedback({ findingId, before: second.id })).toEqual([first]);
      expect(await store().learning.listFeedback({ limit: 2 })).toHaveLength(2);
    });

    test('the last choice of a subject counts', async () => {
      const consent: Consent = { subject: 'person', id: 'ada', choice: 'opt-in', at: '2026-03-01T10:00:00.000Z' };
      await store().learning.setConsent(consent);
      await store().learning.setConsent({ ...consent, subject: 'repo' });
      await store().learning.setConsent({ ...consent, choice: 'opt-out' });
      expect(await store().learning.consents()).toEqual([
        { ...consent, choice: 'opt-out' },
        { ...consent, subject: 'repo' },
      ]);
    });
  });
}
