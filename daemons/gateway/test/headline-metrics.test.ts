import type { FindingStatus } from '@continuum/contract/finding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headlineMetrics } from '../src/headline-metrics.ts';
import { INJECTION, MEMORY } from './seed.ts';

const count = (status: FindingStatus, number: number, persona = 'security-ai') => ({
  ...{ persona, scope: '/security/', day: '2026-01-01', status, count: number },
});
const NOTHING = { counts: [], declines: [], shown: [], confirmed: [] };

describe('headline metrics', () => {
  it('are null where nothing is known', () => {
    expect(headlineMetrics(NOTHING)).toEqual([
      {
        ...{ persona: '*', scope: '/', posted: 0, addressedRate: null, humanCorrectionRate: null },
        ...{ repeatAfterDeclineRate: null, precision: null, recall: null },
      },
    ]);
  });

  it('are counted for everybody and for each persona in each scope', () => {
    const counts = [
      ...[count('posted', 4), count('addressed', 2), count('resolved', 1), count('confirmed', 2), count('declined', 1)],
      ...[count('withheld', 7), count('posted', 10, 'code-review-ai')],
    ];
    const missed = { ...INJECTION, status: 'confirmed' as const, withheldBecause: 'threshold' as const };
    const [all, security] = headlineMetrics({ ...NOTHING, counts, confirmed: [missed] });
    expect(all).toMatchObject({ posted: 19, addressedRate: 3 / 19, humanCorrectionRate: 1 / 19 });
    expect(security).toMatchObject({ posted: 9, addressedRate: 3 / 9, precision: 4 / 5, recall: 4 / 5 });
  });

  it('count a declined fingerprint that was shown again afterwards, once', () => {
    const decline = { ...MEMORY, fingerprint: INJECTION.fingerprint, at: '2026-01-02T00:00:00Z' };
    const other = { ...MEMORY, fingerprint: 'never-again', at: '2026-01-02T00:00:00Z' };
    const again = { ...INJECTION, at: '2026-01-03T00:00:00Z' };
    const before = { ...INJECTION, at: '2026-01-01T00:00:00Z' };
    const [all] = headlineMetrics({ ...NOTHING, declines: [decline, other], shown: [again, again, before] });
    expect(all?.repeatAfterDeclineRate).toBe(0.5);
  });

  it('are shares, whatever happened', () => {
    const status = fc.constantFrom<FindingStatus>(
      'posted',
      'withheld',
      'declined',
      'confirmed',
      'resolved',
      'addressed',
    );
    const entry = fc.tuple(status, fc.nat(50)).map(([each, number]) => count(each, number));
    fc.assert(
      fc.property(fc.array(entry), (counts) => {
        for (const { persona: _persona, scope: _scope, posted, ...rates } of headlineMetrics({ ...NOTHING, counts })) {
          expect(posted).toBeGreaterThanOrEqual(0);
          for (const rate of Object.values(rates)) expect(rate === null || (rate >= 0 && rate <= 1)).toBe(true);
        }
      }),
    );
  });
});
