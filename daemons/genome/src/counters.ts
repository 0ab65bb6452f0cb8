import type { EventPayload } from '@continuum/contract/event';
import type { EventId, ScopeId } from '@continuum/contract/ids';
import type { KeyValueStore, Store } from '@continuum/contract/ports/store';
import { z } from 'zod';

/** What waits for the next training of a scope (LORA-3): conversations for the memory channel, pairs for the reward channel. */
export const ScopeCounter = z.object({
  examples: z.number().int().nonnegative(),
  pairs: z.number().int().nonnegative(),
});
export type ScopeCounter = z.infer<typeof ScopeCounter>;

const ZERO: ScopeCounter = { examples: 0, pairs: 0 };
const SEEN_FOR_MS = 30 * 24 * 3600 * 1000;

function counterKey(scope: ScopeId): string {
  return `genome:counter:${scope}`;
}

/** Examples of a scope since its last training. */
export async function readCounter(values: KeyValueStore, scope: ScopeId): Promise<ScopeCounter> {
  return ScopeCounter.safeParse(await values.get(counterKey(scope))).data ?? ZERO;
}

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
    const counted = (await values.get(seenKey)) === true;
    const change = state === 'active' && !counted ? 1 : state === 'revoked' && counted ? -1 : 0;
    const doneKey = `genome:event:${eventId}`;
    if (change === 0 || (await values.get(doneKey)) === true) return;
    const pair = (await learning.example(exampleId))?.preference === undefined ? 0 : change;
    const counter = await readCounter(values, scope);
    await values.set(counterKey(scope), {
      examples: Math.max(0, counter.examples + change),
      pairs: Math.max(0, counter.pairs + pair),
    });
    await values.set(seenKey, change === 1);
    await values.set(doneKey, true, new Date(now.getTime() + SEEN_FOR_MS));
  });
}
