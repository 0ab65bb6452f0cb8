import type { Finding, FindingStatus } from '@continuum/contract/finding';
import type { Store } from '@continuum/contract/ports/store';
import { defined } from './answers.ts';
import type { Outcomes } from './headline-metrics.ts';

/** Rows read of each kind: the newest, so that the answer stays quick over any history. */
const NEWEST = 1000;

/** Reads what the headline metrics are counted from, of one repository or all, since a day (`YYYY-MM-DD`) or ever. */
export async function readOutcomes(
  store: Store,
  filter: { readonly repo?: string | undefined; readonly since?: string | undefined },
): Promise<Outcomes> {
  const repo = defined({ repo: filter.repo });
  const since = (row: { readonly at: string }) => row.at >= (filter.since ?? '');
  const findings = async (status: FindingStatus): Promise<Finding[]> =>
    (await store.reviews.findings({ ...repo, status, limit: NEWEST })).filter(since);
  const [counts, memories, posted, declined, confirmed] = await Promise.all([
    store.outcomes(defined(filter)),
    store.learning.memories({ ...repo, limit: NEWEST }),
    findings('posted'),
    findings('declined'),
    findings('confirmed'),
  ]);
  return {
    counts,
    declines: memories.filter((memory) => memory.verdict === 'decline' && memory.state === 'active' && since(memory)),
    shown: [...posted, ...declined, ...confirmed.filter((finding) => finding.withheldBecause === undefined)],
    confirmed,
  };
}
