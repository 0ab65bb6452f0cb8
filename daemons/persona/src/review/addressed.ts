import type { ChangeSet } from '@continuum/contract/change-set';
import type { CommandInput, CommandParsed } from '@continuum/contract/command';
import type { Finding, Review } from '@continuum/contract/finding';
import type { Store } from '@continuum/contract/ports/store';
import { goneFrom, tookSuggestion } from '@continuum/review/incremental';
import { allFindings } from '../findings.ts';
import { suggestionFeedbackId } from '../identity.ts';

/** A review with every finding, posted and withheld, and the files that it left as they were read before. */
export interface Outcome {
  readonly review: Review;
  readonly findings: readonly Finding[];
  readonly untouched: ReadonlySet<string>;
}

/** Open findings of earlier pushes that the new head no longer shows were addressed; answers with those. */
export async function markAddressed(
  store: Store,
  change: ChangeSet,
  { review, findings, untouched }: Outcome,
): Promise<Finding[]> {
  // A tool in CI speaks of what it found, not of what others did.
  if (review.pr === undefined || review.trigger === 'ci') return [];
  const about = { repo: review.repo, pr: review.pr };
  const said = await Promise.all(
    (['posted', 'confirmed'] as const).map((status) => allFindings(store.reviews, { ...about, status })),
  );
  const open = said
    .flat()
    .filter(({ reviewId, withheldBecause }) => reviewId !== review.id && withheldBecause === undefined);
  const addressed = goneFrom(open, {
    fingerprints: new Set(findings.map((finding) => finding.fingerprint)),
    unread: new Set([...untouched, ...review.skipped.map(({ path }) => path)]),
    textOf: (path) => textOf(change, path),
  });
  for (const { id } of addressed) await store.reviews.setStatus(id, 'addressed');
  return addressed;
}

/**
 * Whoever commits what a finding proposed says that it was right. That the code is gone says less: it may have been rewritten
 * for another reason.
 */
export async function learnFromFixes(
  store: Store,
  { change, by }: Pick<CommandParsed<'review/run'>, 'change' | 'by'>,
  addressed: readonly Finding[],
): Promise<void> {
  if (by === undefined) return;
  for (const finding of addressed) {
    if (!tookSuggestion(finding, textOf(change, finding.path))) continue;
    const input: CommandInput<'feedback/give'> = {
      ...{ id: suggestionFeedbackId(finding.id), findingId: finding.id, kind: 'thumbs', value: 'up' },
      author: { kind: 'person', id: by, name: by },
      source: { kind: 'github', repo: change.repo, ...(change.pr === undefined ? {} : { pr: change.pr }) },
    };
    await store.outbox.enqueue({ key: `took-suggestion:${finding.id}:${by}`, command: 'feedback/give', input });
  }
}

function textOf(change: ChangeSet, path: string): string | undefined {
  return change.files.find((file) => file.path === path)?.content ?? undefined;
}
