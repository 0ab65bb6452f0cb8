import type { Finding, FindingStatus } from '@continuum/contract/finding';
import type { FindingFilter, ReviewStore } from '@continuum/contract/ports/store';

const PAGE = 1000;
const SHOWN: readonly FindingStatus[] = ['posted', 'confirmed', 'declined', 'addressed', 'resolved'];

/** Every finding that matches, newest first, however many: a page of the store ends at 1,000. */
export async function allFindings(reviews: ReviewStore, filter: FindingFilter): Promise<Finding[]> {
  const found: Finding[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await reviews.findings({ ...filter, limit: PAGE, ...(last === undefined ? {} : { before: last.id }) });
    found.push(...page);
    if (page.length < PAGE) return found;
  }
}

/** Those that people were shown; among thousands withheld they are few. */
export async function shownFindings(reviews: ReviewStore, filter: FindingFilter): Promise<Finding[]> {
  const byStatus = await Promise.all(SHOWN.map((status) => allFindings(reviews, { ...filter, status })));
  return byStatus.flat().filter((finding) => finding.withheldBecause === undefined);
}
