import type { EventPayload } from '@continuum/contract/event';
import type { Finding } from '@continuum/contract/finding';
import { EventId } from '@continuum/contract/ids';
import { transactAndTell } from '@continuum/host/tell';
import { allFindings } from '../findings.ts';
import type { PersonaRuntime } from '../runtime.ts';
import { isOfEditor } from './findings.ts';

/**
 * What a save no longer shows was taken care of. Each finding knows when it was seen last, so saves may be handled in any
 * order: one that is late changes nothing that a later one saw.
 */
export async function onFileSaved(runtime: PersonaRuntime, saved: EventPayload<'vscode:file-saved'>): Promise<void> {
  const { reviews } = runtime.store;
  const review = await reviews.get(saved.reviewId);
  // What was not read proves nothing.
  if (review === undefined || review.skipped.some(({ path }) => path === saved.path)) return;
  const open = await allFindings(reviews, { repo: saved.repo, status: 'posted' });
  const gone = open.filter((finding) => isGone(finding, saved));
  if (gone.length === 0) return;
  await transactAndTell(runtime, async (store, tell) => {
    for (const { id, repo } of gone) {
      await store.reviews.setStatus(id, 'addressed');
      const eventId = EventId.parse(`addressed:${id}:${saved.at}`);
      await tell('finding:changed', { findingId: id, repo, status: 'addressed' }, eventId);
    }
  });
}

function isGone(finding: Finding, { reviewId, path, at }: EventPayload<'vscode:file-saved'>): boolean {
  // A model that says less this time proves nothing.
  if (finding.path !== path || !isOfEditor(finding) || finding.rule.startsWith('model/')) return false;
  return finding.reviewId !== reviewId && finding.at < at;
}
