import { EventId } from '@continuum/contract/ids';
import type { ReactionSignal, SourceName } from '@continuum/contract/source';
import { transactAndTell } from '@continuum/host/tell';
import type { PersonaRuntime } from '../runtime.ts';
import { authorOf } from './authors.ts';
import { assertNothingOnItsWay, messageAt } from './places.ts';

/** An emoji on a message of ours or of anybody in the room; one taken off takes back what it said. */
export async function takeReaction(
  runtime: PersonaRuntime,
  source: SourceName,
  { author, emoji, action, on, at, place }: ReactionSignal,
): Promise<void> {
  if (author.kind === 'bot') return;
  const message = await messageAt(runtime.store, source, on);
  // On a post of ours that is not written down yet, it waits.
  if (message === undefined) return assertNothingOnItsWay(runtime.store, source, place);
  const reaction = { messageId: message.id, author: await authorOf(runtime.store, source, author), emoji };
  const removed = action === 'removed';
  await transactAndTell(runtime, async (store, tell) => {
    const changed = removed
      ? await store.rooms.removeReaction(reaction)
      : await store.rooms.addReaction({ ...reaction, at });
    if (!changed) return;
    const id = EventId.parse(`reaction:${message.id}:${reaction.author.id}:${emoji}:${action}:${at}`);
    await tell('room:reaction', { ...reaction, source, ...(removed ? { removed } : {}) }, id);
    const audit = { actor: `person:${reaction.author.id}`, action: 'chat/react', subject: `messageId:${message.id}` };
    await store.audit.record({ ...audit, detail: { emoji, action } });
  });
}
