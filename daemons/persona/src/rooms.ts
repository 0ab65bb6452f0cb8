import type { CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import { EventId, MessageId, newId, RoomId, ScopeId } from '@continuum/contract/ids';
import type { Store } from '@continuum/contract/ports/store';
import type { Message } from '@continuum/contract/room';
import { type Tell, transactAndTell } from '@continuum/host/tell';
import type { PersonaRuntime } from './runtime.ts';

export const DEV_UPDATES = RoomId.parse('dev-updates');

/** Rooms that exist from the first start. Idempotent. */
export async function ensureRooms(runtime: PersonaRuntime): Promise<void> {
  if ((await runtime.store.rooms.get(DEV_UPDATES)) !== undefined) return;
  const scope = ScopeId.parse('/');
  await runtime.store.rooms.upsert({ id: DEV_UPDATES, title: 'dev-updates', scope, at: runtime.now().toISOString() });
}

/** Handler of `chat/send`: stores the message and tells everybody who listens, both or neither. Throws NOT_FOUND for an unknown room. */
export async function sendChat(runtime: PersonaRuntime, input: CommandParsed<'chat/send'>): Promise<Message> {
  if ((await runtime.store.rooms.get(input.roomId)) === undefined) {
    throw new ContinuumError('NOT_FOUND', `there is no room ${input.roomId}`, {
      next: 'GET /api/v1/rooms lists them.',
    });
  }
  const message = await toMessage(runtime.store, input, runtime.now());
  const added = await addAndTell(runtime, message);
  return added ? message : ((await runtime.store.rooms.message(message.id)) ?? message);
}

/** Stores a message and tells of it, both or neither. False when it was there. */
export function addAndTell(runtime: PersonaRuntime, message: Message): Promise<boolean> {
  return transactAndTell(runtime, async (store, tell) => {
    const added = await store.rooms.addMessage(message);
    await tellMessage(tell, message);
    return added;
  });
}

/** Tells of a message once, however often it is called; once more for each `edit`, named by its time and words. */
export async function tellMessage(tell: Tell, { id, roomId }: Message, edit?: string): Promise<void> {
  const eventId = EventId.parse(edit === undefined ? `room:${id}` : `room:${id}@${edit}`);
  await tell('room:message', { messageId: id, roomId }, eventId);
}

async function toMessage(store: Store, input: CommandParsed<'chat/send'>, now: Date): Promise<Message> {
  const parent = input.replyTo === undefined ? undefined : await store.rooms.message(input.replyTo);
  if (input.replyTo !== undefined && parent === undefined) {
    throw new ContinuumError('NOT_FOUND', `there is no message ${input.replyTo} to answer`, {
      next: 'Leave replyTo out to start a new thread.',
    });
  }
  return {
    id: input.id ?? MessageId.parse(newId('msg', now.getTime())),
    roomId: input.roomId,
    threadId: parent === undefined ? null : (parent.threadId ?? parent.id),
    replyTo: parent?.id ?? null,
    author: input.author,
    text: input.text,
    source: input.source ?? { kind: 'api' },
    ...(input.findingId === undefined ? {} : { findingId: input.findingId }),
    ...(input.reviewId === undefined ? {} : { reviewId: input.reviewId }),
    hop: input.hop ?? 0,
    at: input.at ?? now.toISOString(),
  };
}
