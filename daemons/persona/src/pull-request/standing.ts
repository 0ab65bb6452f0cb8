import type { Finding, Review } from '@continuum/contract/finding';
import type { ReviewStore, Store } from '@continuum/contract/ports/store';
import { allFindings, shownFindings } from '../findings.ts';

/** The newest review of the same pull request that came to an end; the given one where there is none. */
export async function newestReview({ reviews }: Pick<Store, 'reviews'>, review: Review): Promise<Review> {
  if (review.pr === undefined) return review;
  const known = await reviews.list({ repo: review.repo, pr: review.pr });
  const done = known.filter(({ status }) => status === 'done');
  // What a tool in CI found stands in the summary of what we read ourselves.
  return done.find(({ trigger }) => trigger !== 'ci') ?? done[0] ?? review;
}

/**
 * What a pull request was told so far, on any push and where it stands now, and what the review withheld; a repeat stands for
 * what it repeats.
 */
export async function standing(reviews: ReviewStore, { id, repo, pr }: Review): Promise<Finding[]> {
  const told = await shownFindings(reviews, pr === undefined ? { reviewId: id } : { repo, pr });
  const withheld = await allFindings(reviews, pr === undefined ? { reviewId: id } : { repo, pr, status: 'withheld' });
  const places = newestPlaces(withheld);
  const moved = lastTold(told).map((finding) => ({ ...finding, ...places.get(finding.fingerprint) }));
  const own = withheld.filter(({ reviewId, withheldBecause }) => reviewId === id && withheldBecause !== 'duplicate');
  const isTold = new Set(told.map(({ fingerprint }) => fingerprint));
  return [...moved, ...own.filter(({ fingerprint }) => !isTold.has(fingerprint))];
}

/** What was fixed and came back was told twice: the last time counts. */
function lastTold(told: readonly Finding[]): Finding[] {
  const oldestFirst = told.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  return [...new Map(oldestFirst.map((finding) => [finding.fingerprint, finding])).values()];
}

type Place = Pick<Finding, 'line' | 'endLine'>;

/** Lines shift with every push; each review that sees a finding again writes down where. */
function newestPlaces(withheld: readonly Finding[]): Map<string, Place> {
  const repeats = withheld.filter(({ withheldBecause }) => withheldBecause === 'duplicate');
  const oldestFirst = repeats.toSorted((a, b) => (a.at < b.at ? -1 : 1));
  return new Map(oldestFirst.map(({ fingerprint, line, endLine }) => [fingerprint, { line, endLine }]));
}
