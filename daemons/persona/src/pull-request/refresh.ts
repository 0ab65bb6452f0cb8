import type { CommandInput } from '@continuum/contract/command';
import type { EventPayload } from '@continuum/contract/event';
import type { EventId } from '@continuum/contract/ids';
import type { PersonaRuntime } from '../runtime.ts';
import { enqueueCheck } from './check.ts';

/**
 * A finding was declined, confirmed or settled by people: the summary and the check of its pull request say so too, in place.
 * What a review itself settles is told by that review.
 */
export async function onFindingChanged(
  { store, settings, codeHost }: PersonaRuntime,
  { findingId, status }: EventPayload<'finding:changed'>,
  eventId: EventId,
): Promise<void> {
  if (codeHost === undefined || status === 'addressed') return;
  const finding = await store.reviews.finding(findingId);
  // What was never shown there changes nothing there.
  if (finding?.pr === undefined || finding.externalId === undefined) return;
  const { repo, pr } = finding;
  const review = (await store.reviews.list({ repo, pr })).find((each) => each.status === 'done');
  if (review === undefined) return;
  const input: CommandInput<'github/summary'> = { repo, pr, reviewId: review.id };
  await store.transaction(async (inside) => {
    const key = `github/summary:${review.id}:${eventId}`;
    await inside.outbox.enqueue({ key, command: 'github/summary', input });
    await enqueueCheck(settings, inside, review, 'completed', eventId);
  });
}
