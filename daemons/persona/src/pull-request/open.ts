import type { PullRequestRef } from '@continuum/contract/ports/code-host';
import type { PersonaRuntime } from '../runtime.ts';

const DAY_MS = 86_400_000;
/** After so long without a review nobody is asked about a pull request any more. */
const LOOKED_AFTER_MS = 14 * DAY_MS;
const MOST_REVIEWS = 1_000;

/** Notes that a pull request was closed, or opened again. */
export async function rememberState(
  { store, now }: PersonaRuntime,
  ref: PullRequestRef,
  state: 'open' | 'closed',
): Promise<void> {
  if (state === 'open') await store.values.delete(keyOf(ref));
  else await store.values.set(keyOf(ref), true, new Date(now().getTime() + LOOKED_AFTER_MS + DAY_MS));
}

/** Pull requests that were told something lately and are not known to be closed, newest first. */
export async function openPullRequests({ store, now }: PersonaRuntime): Promise<PullRequestRef[]> {
  const since = new Date(now().getTime() - LOOKED_AFTER_MS).toISOString();
  const reviews = await store.reviews.list({ limit: MOST_REVIEWS });
  const told = reviews.flatMap(({ repo, pr, at, stats }) =>
    pr === undefined || at < since || stats.posted === 0 ? [] : [{ repo, pr }],
  );
  const each = [...new Map(told.map((ref) => [keyOf(ref), ref])).values()];
  const closed = await Promise.all(each.map((ref) => store.values.get(keyOf(ref))));
  return each.filter((_, index) => closed[index] !== true);
}

function keyOf({ repo, pr }: PullRequestRef): string {
  return `pull-request:closed:${repo}#${pr}`;
}
