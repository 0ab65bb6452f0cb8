import { describe, expect, test } from 'vitest';
import { sampleFinding, sampleReview } from './samples.ts';
import type { StoreUnderTest } from './under-test.ts';

let repos = 0;
const freshRepo = () => `acme/repo-${++repos}`;

/** Reviews, findings, outcomes. */
export function reviewStoreContract({ store }: StoreUnderTest): void {
  describe('reviews', () => {
    test('whoever begins with a known key gets the existing review', async () => {
      const review = sampleReview();
      expect(await store().reviews.begin(review)).toEqual({ review, created: true });
      const twin = sampleReview({ key: review.key });
      expect(await store().reviews.begin(twin)).toEqual({ review, created: false });
      expect(await store().reviews.get(review.id)).toEqual(review);
      expect(await store().reviews.byKey(review.key)).toEqual(review);
      expect(await store().reviews.get(twin.id)).toBeUndefined();
      const both = await Promise.all(
        [1, 2, 3].map(() => store().reviews.begin(sampleReview({ key: `x${review.key}` }))),
      );
      expect(both.filter(({ created }) => created)).toHaveLength(1);
    });

    test('finishing saves outcome and findings, and replaces findings of a known id', async () => {
      const repo = freshRepo();
      const review = sampleReview({ repo });
      await store().reviews.begin(review);
      const [first, second] = [
        sampleFinding({ repo, reviewId: review.id }),
        sampleFinding({ repo, reviewId: review.id, pr: undefined }),
      ];
      const done = { ...review, status: 'done' as const, stats: { ...review.stats, posted: 2 } };
      await store().reviews.finish(done, [first, second]);
      expect(await store().reviews.get(review.id)).toEqual(done);
      const changed = { ...first, title: 'other', url: 'https://example.com' };
      await store().reviews.finish({ ...done, error: 'late' }, [changed]);
      expect(await store().reviews.findings({ reviewId: review.id })).toEqual([second, changed]);
      expect((await store().reviews.byKey(review.key))?.error).toBe('late');
    });

    test('reviews are listed newest first, by repository and pull request, in pages', async () => {
      const repo = freshRepo();
      const all = [1, 2, 2, 2].map((pr) => sampleReview({ repo, pr }));
      for (const review of all) await store().reviews.begin(review);
      const ids = all.map(({ id }) => id).reverse();
      expect((await store().reviews.list({ repo })).map(({ id }) => id)).toEqual(ids);
      expect((await store().reviews.list({ repo, pr: 2, limit: 2 })).map(({ id }) => id)).toEqual(ids.slice(0, 2));
      expect((await store().reviews.list({ repo, before: ids[1] ?? '' })).map(({ id }) => id)).toEqual(ids.slice(2));
    });

    test('findings are found by every field of the filter', async () => {
      const repo = freshRepo();
      const review = sampleReview({ repo });
      const wanted = sampleFinding({
        repo,
        pr: 1,
        reviewId: review.id,
        fingerprint: 'one',
        scope: '/a/',
        status: 'withheld',
      });
      const other = sampleFinding({
        repo,
        pr: 2,
        reviewId: 'else',
        fingerprint: 'two',
        scope: '/a/b/',
        status: 'posted',
      });
      await store().reviews.finish(review, [wanted, other]);
      const { pr, reviewId, fingerprint, scope, status } = wanted;
      if (pr === undefined) throw new Error('the sample has a pull request');
      for (const filter of [{ pr }, { reviewId }, { fingerprint }, { scope }, { status }])
        expect(await store().reviews.findings({ repo, ...filter })).toEqual([wanted]);
      expect(await store().reviews.findings({ repo, before: other.id })).toEqual([wanted]);
      expect(await store().reviews.findings({ repo, limit: 1 })).toEqual([other]);
    });

    test('a finding gets its status and its comment', async () => {
      const repo = freshRepo();
      const finding = sampleFinding({ repo });
      await store().reviews.finish(sampleReview({ repo }), [finding]);
      await store().reviews.setStatus(finding.id, 'declined');
      await store().reviews.link(finding.id, `c-${repo}`, undefined);
      const expected = { ...finding, status: 'declined', externalId: `c-${repo}` };
      expect(await store().reviews.finding(finding.id)).toEqual(expected);
      expect(await store().reviews.findingByExternalId(`c-${repo}`)).toEqual(expected);
      await store().reviews.link(finding.id, `c-${repo}`, 'https://example.com/c');
      expect((await store().reviews.finding(finding.id))?.url).toBe('https://example.com/c');
      expect(await store().reviews.findingByExternalId('nothing')).toBeUndefined();
    });

    test('prune removes old saves of editors in which no finding stands, and nothing else', async () => {
      const repo = freshRepo();
      const [old, young] = ['2025-01-01T00:00:00.000Z', '2025-01-30T00:00:00.000Z'];
      const save = (at: string) => sampleReview({ repo, at, trigger: 'editor' });
      const [empty, holding, late] = [save(old), save(old), save(young)];
      const pushed = sampleReview({ repo, at: old, trigger: 'webhook' });
      for (const review of [empty, late, pushed]) await store().reviews.begin(review);
      const finding = sampleFinding({ repo, reviewId: holding.id });
      await store().reviews.finish(holding, [finding]);
      expect(await store().reviews.prune(new Date('2025-01-20T00:00:00.000Z'))).toBe(1);
      const kept = async () => (await store().reviews.list({ repo })).map(({ id }) => id).sort();
      expect(await kept()).toEqual([holding.id, late.id, pushed.id].sort());
      // The next save of that file takes its finding over.
      await store().reviews.finish(late, [{ ...finding, reviewId: late.id }]);
      expect(await store().reviews.prune(new Date('2025-01-20T00:00:00.000Z'))).toBe(1);
      expect(await kept()).toEqual([late.id, pushed.id].sort());
    });

    test('outcomes count by persona, scope, day and status', async () => {
      const repo = freshRepo();
      const at = '2026-02-03T23:59:59.000Z';
      const posted = [1, 2].map(() => sampleFinding({ repo, at }));
      const rest = [
        sampleFinding({ repo, at, status: 'declined' }),
        sampleFinding({ repo, at: '2026-01-01T00:00:00.000Z' }),
      ];
      await store().reviews.finish(sampleReview({ repo }), [...posted, ...rest]);
      const row = { persona: 'sentinel', scope: '/security/', day: '2026-02-03' };
      expect(await store().outcomes({ repo, since: '2026-02-01' })).toEqual([
        { ...row, status: 'declined', count: 1 },
        { ...row, status: 'posted', count: 2 },
      ]);
      expect(await store().outcomes({ repo })).toHaveLength(3);
      expect(await store().outcomes({ repo: freshRepo() })).toEqual([]);
    });

    test('what could not be read again is refused', async () => {
      const broken = { ...sampleReview(), repo: 'no-slash' };
      await expect(store().reviews.begin(broken)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });
  });
}
