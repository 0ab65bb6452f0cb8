import type { EventPayload } from '@continuum/contract/event';
import { MessageId } from '@continuum/contract/ids';
import type { Runtime } from '@continuum/host/runtime';
import { parseGithubEvent } from '@continuum/webhook-github/payload';
import { announce, DEV_UPDATES } from './rooms.ts';

/** A push to the default branch is told to the room: what was corrected or ignored in review is now in the code. */
export async function onPush(runtime: Runtime, delivery: EventPayload<'webhook:github:push'>): Promise<void> {
  const event = parseGithubEvent('push', delivery.payload);
  if (event?.kind !== 'push' || event.branch !== event.defaultBranch || event.commits === 0) return;
  const commits = event.commits === 1 ? '1 commit' : `${event.commits} commits`;
  const message = {
    id: MessageId.parse(`msg_push_${delivery.deliveryId}`),
    roomId: DEV_UPDATES,
    threadId: null,
    replyTo: null,
    author: { kind: 'system', id: 'continuum', name: 'Continuum' },
    text: `${event.pusher} pushed ${commits} to ${event.branch} of ${event.repo}.`,
    source: { kind: 'github', externalId: `push:${delivery.deliveryId}`, repo: event.repo },
    hop: 0,
    at: runtime.now().toISOString(),
  } as const;
  await runtime.store.rooms.addMessage(message);
  await announce(runtime, message);
}
