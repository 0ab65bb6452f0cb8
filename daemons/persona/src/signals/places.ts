import { createHash } from 'node:crypto';
import { ContinuumError } from '@continuum/contract/errors';
import { RoomId, ScopeId } from '@continuum/contract/ids';
import type { OutboxEntry, Store } from '@continuum/contract/ports/store';
import type { Message } from '@continuum/contract/room';
import type { Place, SourceName } from '@continuum/contract/source';
import { z } from 'zod';
import { findingMessageId, sourceMessageId, threadMessageId, ticketThreadId } from '../identity.ts';
import { DEV_UPDATES } from '../rooms.ts';

/**
 * The room that a place shows. A channel of a chat that nobody bound becomes a room of its own; everything else is talked about
 * in `dev-updates`.
 */
export async function roomOf(store: Store, source: SourceName, place: Place, at: string): Promise<RoomId> {
  const view = await store.views.viewAt(source, place.id);
  if (view !== undefined) return view.roomId;
  if (source !== 'slack') return DEV_UPDATES;
  const title = place.title ?? place.id;
  const roomId = roomIdFor(source, place.id);
  await store.rooms.upsert({ id: roomId, title, scope: ScopeId.parse('/'), at });
  await store.views.bind({ kind: source, place: place.id, roomId, title, at });
  return roomId;
}

/** Letters and digits of the id where that tells places apart, else a hash of it. */
function roomIdFor(source: SourceName, place: string): RoomId {
  const word = /^[A-Za-z0-9]{1,40}$/.test(place)
    ? place.toLowerCase()
    : createHash('sha256').update(place).digest('hex').slice(0, 24);
  return RoomId.parse(`${source}-${word}`);
}

/** Where a message belongs: what it answers, and the thread that this is part of. */
export interface Position {
  readonly roomId: RoomId;
  readonly threadId: Message['threadId'];
  readonly replyTo: Message['replyTo'];
}

/** Where something was said on its source. */
export interface Standing {
  readonly source: SourceName;
  readonly place: Place;
  readonly replyTo?: string | undefined;
  readonly at: string;
}

/**
 * What a message answers: the message or finding that stands at the place it names, else the thread of its pull request or ticket. An
 * answer that overtook what it answers waits for it under the id that it will have. Throws CHAT_UNAVAILABLE (retryable) while one
 * of our own posts is on its way there: the answer may be to that.
 */
export async function positionOf(store: Store, standing: Standing): Promise<Position> {
  const { source, place, replyTo, at } = standing;
  const parent = replyTo === undefined ? undefined : await messageAt(store, source, replyTo);
  if (parent !== undefined) return below(parent);
  if (replyTo !== undefined) await assertNothingOnItsWay(store, source, place);
  const ofPlace = (await pullRequestThread(store, place)) ?? (await ticketThread(store, source, place));
  if (ofPlace !== undefined) return below(ofPlace);
  const roomId = await roomOf(store, source, place, at);
  if (replyTo === undefined || source === 'github') return { roomId, threadId: null, replyTo: null };
  const expected = sourceMessageId(source, replyTo);
  return { roomId, threadId: expected, replyTo: expected };
}

/** The message that stands there; a comment that raised a finding is the message that told of it. */
export async function messageAt(store: Store, source: SourceName, externalId: string): Promise<Message | undefined> {
  const known = await store.views.messageAt(source, externalId);
  if (known !== undefined || source !== 'github') return known;
  const finding = await store.reviews.findingByExternalId(externalId);
  return finding === undefined ? undefined : store.rooms.message(findingMessageId(finding.id));
}

function below(parent: Message): Position {
  return { roomId: parent.roomId, threadId: parent.threadId ?? parent.id, replyTo: parent.id };
}

async function pullRequestThread(store: Store, { repo, pr }: Place): Promise<Message | undefined> {
  return repo === undefined || pr === undefined ? undefined : store.rooms.message(threadMessageId(`${repo}#${pr}`));
}

async function ticketThread(store: Store, source: SourceName, place: Place): Promise<Message | undefined> {
  return source === 'linear' || source === 'jira' ? store.rooms.message(ticketThreadId(source, place.id)) : undefined;
}

const OPEN: readonly OutboxEntry['state'][] = ['running', 'pending'];
const MOST_OPEN = 1000;
/** What an effect names of the place where it happens. */
const Target = z.object({
  repo: z.string().optional(),
  pr: z.number().optional(),
  channel: z.string().optional(),
  ticket: z.string().optional(),
});

function happensAt({ command, input }: OutboxEntry, source: SourceName, place: Place): boolean {
  const target = Target.safeParse(input).data;
  if (target === undefined || !command.startsWith(`${source}/`)) return false;
  if (target.repo !== undefined) return target.repo === place.repo && target.pr === place.pr;
  return target.channel === place.id || target.ticket === place.id;
}

/**
 * People can answer our post before we know its number: when the acknowledgement was lost, or we died before we wrote it down.
 * Until then the post is an open effect, and the answer waits. Throws CHAT_UNAVAILABLE (retryable).
 */
export async function assertNothingOnItsWay(
  { outbox }: Pick<Store, 'outbox'>,
  source: SourceName,
  place: Place,
): Promise<void> {
  for (const state of OPEN) {
    const open = await outbox.list(state, MOST_OPEN);
    if (!open.some((entry) => happensAt(entry, source, place))) continue;
    throw new ContinuumError('CHAT_UNAVAILABLE', `an answer at ${place.id} may be to something on its way there`, {
      next: 'Nothing to do: it is looked at again when that stands.',
      retryable: true,
    });
  }
}
