import type { EventPayload } from '@continuum/contract/event';
import type { Finding } from '@continuum/contract/finding';
import { MessageId } from '@continuum/contract/ids';
import type { Message } from '@continuum/contract/room';
import { codeSpan, escapeLine } from '@continuum/room/escape';
import { type PushEvent, parseGithubEvent } from '@continuum/webhook-github/payload';
import { addAndTell, DEV_UPDATES } from './rooms.ts';
import type { PersonaRuntime } from './runtime.ts';

/** A push that touches files with open findings is told to the room; every other push is silent. */
export async function onPush(runtime: PersonaRuntime, delivery: EventPayload<'webhook:github:push'>): Promise<void> {
  const event = parseGithubEvent('push', delivery.payload);
  if (event?.kind !== 'push' || event.deleted) return;
  const open = await runtime.store.reviews.findings({ repo: event.repo, status: 'posted', limit: 1000 });
  const touched = open.filter((finding) => event.paths.includes(finding.path));
  if (touched.length === 0) return;
  const message = toMessage(event, delivery.deliveryId, touched, runtime.now());
  await addAndTell(runtime, message);
}

function toMessage(event: PushEvent, deliveryId: string, touched: readonly Finding[], now: Date): Message {
  const paths = [...new Set(touched.map((finding) => finding.path))].map(codeSpan).join(', ');
  const findings = touched.length === 1 ? '1 open finding' : `${touched.length} open findings`;
  const branch = event.ref.replace(/^refs\/heads\//, '');
  return {
    id: MessageId.parse(`msg_push_${deliveryId}`),
    roomId: DEV_UPDATES,
    threadId: null,
    replyTo: null,
    author: { kind: 'system', id: 'continuum', name: 'Continuum' },
    text: `${escapeLine(event.pusher)} pushed to ${codeSpan(branch)} of ${event.repo} and touched ${paths}, with ${findings}.`,
    source: { kind: 'github', externalId: `push:${deliveryId}`, repo: event.repo },
    hop: 0,
    at: now.toISOString(),
  };
}
