import type { MessageId } from '@continuum/contract/ids';
import type { Store } from '@continuum/contract/ports/store';
import type { Message } from '@continuum/contract/room';
import { ancestors } from '@continuum/room/thread';
import { placeOf } from '@continuum/webhook-slack/payload';
import { sourceMessageId } from '../identity.ts';

/** Threads whose beginning never came are remembered as long as people answer in them, in ms. */
const REMEMBERED_MS = 30 * 24 * 3_600_000;

/**
 * The message under which another stands in a channel. A finding stands in the channel itself and has a thread of its own, so
 * that whoever answers says which finding is meant; what answers none stands under the first message of its thread.
 */
export function anchorOf(message: Message, thread: readonly Message[]): MessageId | undefined {
  if (message.findingId !== undefined) return undefined;
  const finding = ancestors(message, thread).find(({ findingId }) => findingId !== undefined);
  return finding?.id ?? message.threadId ?? undefined;
}

/** Where a message of a room stands in a channel, by its external id; undefined where it does not. */
export async function standingAt(
  store: Store,
  channel: string,
  message: Message | undefined,
): Promise<string | undefined> {
  if (message === undefined) return undefined;
  const { kind, externalId } = message.source;
  if (kind === 'slack' && externalId !== undefined && isAt(channel, externalId)) return externalId;
  const links = await store.views.linksOf([message.id]);
  return links.find((link) => link.kind === 'slack' && isAt(channel, link.externalId))?.externalId;
}

/**
 * The message of Slack that begins the thread of a message: itself, what is remembered of a beginning that never came, or the
 * first answer that stands there, where the beginning is a slash command, which stands nowhere.
 */
export async function beginningAt(store: Store, channel: string, id: MessageId): Promise<string | undefined> {
  const itself = await standingAt(store, channel, await store.rooms.message(id));
  if (itself !== undefined) return itself;
  const remembered = await store.values.get(keyOf(id));
  if (typeof remembered === 'string' && isAt(channel, remembered)) return remembered;
  for (const answer of await store.rooms.thread(id)) {
    const standing = answer.author.kind === 'person' ? undefined : await standingAt(store, channel, answer);
    if (standing !== undefined) return standing;
  }
  return undefined;
}

/** People answer in threads that began before we came: the beginning is known by its place only. */
export async function rememberBeginning(store: Store, externalId: string, now: Date): Promise<void> {
  if ((await store.views.messageAt('slack', externalId)) !== undefined) return;
  const id = sourceMessageId('slack', externalId);
  await store.values.set(keyOf(id), externalId, new Date(now.getTime() + REMEMBERED_MS));
}

function keyOf(id: MessageId): string {
  return `slack:thread:${id}`;
}

function isAt(channel: string, externalId: string): boolean {
  return placeOf(externalId)?.channel === channel;
}
