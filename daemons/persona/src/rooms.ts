import type { CommandParsed } from '@continuum/contract/command';
import { ContinuumError } from '@continuum/contract/errors';
import { EventId, MessageId, newId, RoomId, ScopeId } from '@continuum/contract/ids';
import type { Store } from '@continuum/contract/ports/store';
import type { Message } from '@continuum/contract/room';
import type { PersonaRuntime } from './runtime.ts';

export const DEV_UPDATES = RoomId.parse('dev-updates');

/** Rooms that exist from the first start. Idempotent. */
export async function ensureRooms(runtime: PersonaRuntime): Promise<void> {
  if ((await runtime.store.rooms.get(DEV_UPDATES)) !== undefined) return;
  const scope = ScopeId.parse('/');
  await runtime.store.rooms.upsert({ id: DEV_UPDATES, title: 'dev-updates', scope, at: runtime.now().toISOString() });
}

/** Handler of `chat/send`: stores the message, then tells everybody who listens. Throws NOT_FOUND for an unknown room. */
export async function sendChat(runtime: PersonaRuntime, input: CommandParsed<'chat/send'>): Promise<Message> {
  if ((await runtime.store.rooms.get(input.roomId)) === undefined) {
    throw new ContinuumError('NOT_FOUND', `there is no room ${input.roomId}`, {
      next: 'GET /api/v1/rooms lists them.',
    });
  }
  const message = await toMessage(runtime.store, input, runtime.now());
  const added = await runtime.store.rooms.addMessage(message);
  await announce(runtime, message);
  return added ? message : ((await runtime.store.rooms.message(message.id)) ?? message);
}

/** Emits `room:message` once per message, however often it is called; once more for each `edit`, named by its time and words. */
export async function announce(runtime: PersonaRuntime, message: Message, edit?: string): Promise<void> {
  const id = EventId.parse(edit === undefined ? `room:${message.id}` : `room:${message.id}@${edit}`);
  await runtime.bus.emit('room:message', { messageId: message.id, roomId: message.roomId }, { id });
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
    at: now.toISOString(),
  };
}
