import type { EventPayload } from '@continuum/contract/event';
import type { EventId } from '@continuum/contract/ids';
import type { Store } from '@continuum/contract/ports/store';
import { addToCounter } from '@continuum/genome/counters';

const SEEN_FOR_MS = 30 * 24 * 3600 * 1000;

/**
 * Counts a new active example for its scope, and takes a revoked one off again. An example counts once, however often
 * its event is delivered.
 */
export async function countExample(
  store: Store,
  { exampleId, scope, state }: EventPayload<'learning:example'>,
  eventId: EventId,
  now: Date,
): Promise<void> {
  await store.transaction(async ({ values, learning }) => {
    const seenKey = `genome:counted:${exampleId}`;
    await values.lock(seenKey);
    const counted = (await values.get(seenKey)) === true;
    const change = state === 'active' && !counted ? 1 : state === 'revoked' && counted ? -1 : 0;
    const doneKey = `genome:event:${eventId}`;
    if (change === 0 || (await values.get(doneKey)) === true) return;
    const pair = (await learning.example(exampleId))?.preference === undefined ? 0 : change;
    await addToCounter(values, scope, { examples: change, pairs: pair });
    await values.set(seenKey, change === 1);
    await values.set(doneKey, true, new Date(now.getTime() + SEEN_FOR_MS));
  });
}
