import type { MessageSignal, ReactionSignal, SourceAuthor } from '@continuum/contract/source';
import { toMarkdown } from './mrkdwn.ts';
import {
  type Envelope,
  externalIdOf,
  MessageChanged,
  MessageDeleted,
  MessageEvent,
  ReactionEvent,
  type Said,
  toIso,
} from './payload.ts';

/** How people call us in rooms, whatever the app is called in their workspace. */
const OUR_NAME = 'continuum';
/** Subtypes under which people and bots say something; every other one tells of the channel. */
const SPOKEN: ReadonlySet<string | undefined> = new Set([
  undefined,
  'file_share',
  'thread_broadcast',
  'me_message',
  'bot_message',
]);

/** What tells who says something. */
type Sender = Partial<Omit<Said, 'ts' | 'text'>>;

/** What a `message` event says. Mentions of us are heard here too: `app_mention` tells of the same message twice. */
export function readMessage(envelope: Envelope): readonly MessageSignal[] {
  const deleted = MessageDeleted.safeParse(envelope.event).data;
  if (deleted !== undefined) {
    const { channel, deleted_ts: ts, event_ts: at, previous_message: before } = deleted;
    return toDeleted(envelope, channel, { ...before, ts }, at);
  }
  const changed = MessageChanged.safeParse(envelope.event).data;
  if (changed !== undefined) return toEdited(envelope, changed);
  const created = MessageEvent.safeParse(envelope.event).data;
  if (created === undefined || !SPOKEN.has(created.subtype)) return [];
  return toHeard(envelope, created.channel, created, 'created', created.ts);
}

function toEdited(
  envelope: Envelope,
  { channel, message, previous_message: before, event_ts: at }: ReturnType<typeof MessageChanged.parse>,
): readonly MessageSignal[] {
  // A first message that is deleted stays as the gravestone of its thread.
  if (message.subtype === 'tombstone') return toDeleted(envelope, channel, message, at);
  // Previews of links and counts of replies change a message too; nobody edited it.
  const isEdit = message.edited !== undefined && message.text !== before?.text && SPOKEN.has(message.subtype);
  return isEdit ? toHeard(envelope, channel, message, 'edited', message.edited?.ts ?? at) : [];
}

function toDeleted(
  envelope: Envelope,
  channel: string,
  said: Sender & Pick<Said, 'ts'>,
  at: string,
): readonly MessageSignal[] {
  const author = authorOf(envelope, said);
  if (author === 'ourselves') return [];
  return [
    {
      kind: 'message',
      action: 'deleted',
      externalId: externalIdOf(channel, said.ts),
      place: { id: channel },
      author,
      at: toIso(at),
      text: '',
    },
  ];
}

function toHeard(
  envelope: Envelope,
  channel: string,
  said: Said,
  action: 'created' | 'edited',
  at: string,
): readonly MessageSignal[] {
  const author = authorOf(envelope, said);
  if (author === 'ourselves') return [];
  const text = toMarkdown(said.text, nameOf(envelope)).trim();
  if (text === '') return [];
  const thread = said.thread_ts === undefined || said.thread_ts === said.ts ? undefined : said.thread_ts;
  return [
    {
      kind: 'message',
      action,
      externalId: externalIdOf(channel, said.ts),
      ...(thread === undefined ? {} : { replyTo: externalIdOf(channel, thread) }),
      place: { id: channel },
      author,
      at: toIso(at),
      text,
    },
  ];
}

/** Who says it; `ourselves` for what this app posts, under whatever name. */
function authorOf({ api_app_id: app, authorizations = [] }: Envelope, said: Sender): SourceAuthor | 'ourselves' {
  const { user, bot_id: bot, app_id: by, username } = said;
  const isOurUser = authorizations.some(({ user_id, is_bot }) => is_bot === true && user_id === user);
  if (isOurUser || (by !== undefined && by === app)) return 'ourselves';
  const id = user ?? bot ?? 'unknown';
  const isBot = bot !== undefined || said.subtype === 'bot_message' || user === undefined || user === 'USLACKBOT';
  return { id, name: username ?? id, kind: isBot ? 'bot' : 'person' };
}

function nameOf({ authorizations = [] }: Envelope): (id: string) => string | undefined {
  const ours = new Set(authorizations.filter(({ is_bot }) => is_bot === true).map(({ user_id }) => user_id));
  return (id) => (ours.has(id) ? OUR_NAME : undefined);
}

/** Somebody's emoji on a message, or its removal; our own are none. */
export function readReaction(envelope: Envelope): readonly ReactionSignal[] {
  const event = ReactionEvent.safeParse(envelope.event).data;
  if (event === undefined) return [];
  const author = authorOf(envelope, { user: event.user });
  if (author === 'ourselves') return [];
  const { channel, ts } = event.item;
  return [
    {
      kind: 'reaction',
      action: event.type === 'reaction_added' ? 'added' : 'removed',
      place: { id: channel },
      author,
      at: toIso(event.event_ts),
      on: externalIdOf(channel, ts),
      // Skin tones change no meaning.
      emoji: event.reaction.replace(/::skin-tone-\d$/, ''),
    },
  ];
}
