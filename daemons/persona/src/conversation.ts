import type { EventPayload } from '@continuum/contract/event';
import { MessageId, RoomId } from '@continuum/contract/ids';
import type { Message } from '@continuum/contract/room';
import type { Runtime } from '@continuum/host/runtime';
import { type CommentEvent, parseGithubEvent } from '@continuum/webhook-github/payload';
import { createHash } from 'node:crypto';
import { findingMessageId, threadMessageId } from './review/identity.ts';
import { announce, DEV_UPDATES } from './rooms.ts';

type CommentEventName =
  | 'webhook:github:issue_comment'
  | 'webhook:github:pull_request_review_comment'
  | 'webhook:github:pull_request_review';

/** A comment on a pull request becomes a message in the room's thread of that pull request, or changes the one it edits. */
export async function onGithubComment(runtime: Runtime, name: CommentEventName, delivery: EventPayload<CommentEventName>): Promise<void> {
  const event = parseGithubEvent(name.slice('webhook:github:'.length), delivery.payload);
  if (event?.kind !== 'comment' || isOurs(event) || event.body.trim() === '') return;
  const known = await runtime.store.rooms.messageBySource('github', event.externalId);
  if (event.action === 'edited' && known !== undefined) {
    await runtime.store.rooms.editMessage(known.id, event.body, runtime.now().toISOString());
    return;
  }
  if (event.action === 'deleted') return;
  if (known !== undefined) return announce(runtime, known);
  const message = await toMessage(runtime, event);
  await runtime.store.rooms.addMessage(message);
  await announce(runtime, message);
}

/** Everything we write carries a marker; answering ourselves would never end. */
function isOurs(event: CommentEvent): boolean {
  return event.author.kind === 'bot' || event.body.includes('<!-- continuum:');
}

async function toMessage(runtime: Runtime, event: CommentEvent): Promise<Message> {
  const parent = await parentOf(runtime, event);
  const { repo, pr, externalId, url } = event;
  const hash = createHash('sha256').update(`github\0${externalId}`).digest('hex').slice(0, 24);
  return {
    id: MessageId.parse(`msg_${hash}`),
    roomId: parent?.roomId ?? RoomId.parse(DEV_UPDATES),
    threadId: parent === undefined ? null : (parent.threadId ?? parent.id),
    replyTo: parent?.id ?? null,
    author: { kind: 'person', id: event.author.id, name: event.author.id },
    text: event.body,
    source: { kind: 'github', externalId, repo, pr, ...(url === undefined ? {} : { url }) },
    hop: 0,
    at: event.at,
  };
}

/** What a comment answers: the finding or message it replies to, else the thread of the pull request. */
async function parentOf(runtime: Runtime, event: CommentEvent): Promise<Message | undefined> {
  const { store } = runtime;
  if (event.inReplyToExternalId !== undefined) {
    const finding = await store.reviews.findingByExternalId(event.inReplyToExternalId);
    const announced = finding === undefined ? undefined : await store.rooms.message(findingMessageId(finding.id));
    if (announced !== undefined) return announced;
    const message = await store.rooms.messageBySource('github', event.inReplyToExternalId);
    if (message !== undefined) return message;
  }
  return store.rooms.message(threadMessageId(`${event.repo}#${event.pr}`));
}
