import type { CommandInput } from '@continuum/contract/command';
import type { EventPayload } from '@continuum/contract/event';
import type { EventId } from '@continuum/contract/ids';
import type { Store } from '@continuum/contract/ports/store';
import type { Message } from '@continuum/contract/room';
import { threadRoot } from '@continuum/room/thread';
import type { PersonaRuntime } from '../runtime.ts';
import { anchorOf, standingAt } from './threads.ts';

/** Longest text that a command takes, in characters; Slack shows less and says so. */
const LONGEST = 200_000;
const LONGEST_NAME = 80;

/**
 * A message of a room stands in each channel that shows the room, once, in the thread of what it answers; new words for it
 * stand there too. What came from a channel is not sent back to it.
 */
export async function mirrorMessage(
  runtime: PersonaRuntime,
  { messageId }: EventPayload<'room:message'>,
  eventId: EventId,
): Promise<void> {
  if (runtime.chatHost === undefined) return;
  const { store } = runtime;
  const message = await store.rooms.message(messageId);
  if (message === undefined) return;
  const thread = await store.rooms.thread(threadRoot(message));
  await store.transaction(async (inside) => {
    for (const channel of await channelsOf(inside, message, thread)) {
      await show(inside, channel, message, thread);
      if (message.editedAt !== undefined) await refresh(inside, channel, message, eventId);
    }
  });
}

/** A review tells its findings all at once: the room has them, and so have its channels. */
export async function mirrorReview(
  runtime: PersonaRuntime,
  { reviewId }: EventPayload<'review:completed'>,
): Promise<void> {
  if (runtime.chatHost === undefined) return;
  const { store } = runtime;
  for (const finding of await store.reviews.findings({ reviewId, status: 'posted', limit: 1000 })) {
    const message = await store.rooms.messageForFinding(finding.id);
    // One that an earlier push raised stands there already.
    if (message === undefined || message.reviewId !== reviewId) continue;
    const thread = await store.rooms.thread(threadRoot(message));
    await store.transaction(async (inside) => {
      for (const channel of await channelsOf(inside, message, thread)) await show(inside, channel, message, thread);
    });
  }
}

/** What became of a finding stands where its buttons stood. */
export async function mirrorFinding(
  { store, chatHost }: PersonaRuntime,
  { findingId }: EventPayload<'finding:changed'>,
  eventId: EventId,
): Promise<void> {
  const message = chatHost === undefined ? undefined : await store.rooms.messageForFinding(findingId);
  if (message === undefined) return;
  for (const channel of await channelsOf(store, message, [message])) await refresh(store, channel, message, eventId);
}

/** Channels that show the room, and those in which its thread was begun or answered. */
async function channelsOf(store: Store, message: Message, thread: readonly Message[]): Promise<Set<string>> {
  const views = await store.views.views(message.roomId);
  const bound = views.flatMap(({ kind, place }) => (kind === 'slack' ? place : []));
  const said = thread.flatMap(({ source: { kind, place } }) => (kind === 'slack' && place !== undefined ? place : []));
  return new Set([...bound, ...said]);
}

/** Says it in a channel unless it stands there, after what it answers. */
async function show(store: Store, channel: string, message: Message, thread: readonly Message[]): Promise<void> {
  const { kind, place } = message.source;
  if ((kind === 'slack' && place === channel) || message.text.trim() === '') return;
  if ((await standingAt(store, channel, message)) !== undefined) return;
  const anchor = anchorOf(message, thread);
  const above = anchor === undefined ? undefined : await store.rooms.message(anchor);
  if (above !== undefined && above.id !== message.id) await show(store, channel, above, thread);
  const input: CommandInput<'slack/send'> = {
    channel,
    messageId: message.id,
    text: message.text.slice(0, LONGEST),
    author: nameOf(message),
    ...(anchor === undefined ? {} : { thread: anchor }),
  };
  await store.outbox.enqueue({ key: `slack/send:${message.id}:${channel}`, command: 'slack/send', input });
}

async function refresh(store: Store, channel: string, message: Message, eventId: EventId): Promise<void> {
  if (message.source.kind === 'slack' && message.source.place === channel) return;
  const input: CommandInput<'slack/update'> = { channel, messageId: message.id };
  await store.outbox.enqueue({ key: `slack/update:${eventId}:${channel}`, command: 'slack/update', input });
}

/** Who speaks; of people also where, for they are not in Slack. */
function nameOf({ author, source }: Message): string {
  const name = author.kind === 'person' ? `${author.name} (${source.kind})` : author.name;
  return name.slice(0, LONGEST_NAME);
}
