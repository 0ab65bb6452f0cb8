import type { ConversationsHistoryResponse, ConversationsInfoResponse } from '@slack/web-api';
import type { State, StoredChannel, StoredMessage } from './state.ts';

type Listed = NonNullable<ConversationsHistoryResponse['messages']>[number];

/** A message as history shows it. */
export function toListed(state: State, message: StoredMessage, withMetadata: boolean): Listed {
  const { ts, user, text, bot, username, thread, edited, reactions, metadata } = message;
  const replies = [...state.channels.values()]
    .flatMap(({ messages }) => messages)
    .filter((each) => each.thread === ts && each.ts !== ts);
  const latest = replies.at(-1)?.ts;
  return {
    type: 'message',
    ...{ ts, user, text },
    ...(bot === undefined ? {} : { bot_id: bot, app_id: bot === state.bot.id ? state.app : 'A0OTHER' }),
    ...(username === undefined ? {} : { username }),
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ...(latest === undefined ? {} : { reply_count: replies.length, latest_reply: latest }),
    ...(edited === undefined ? {} : { edited }),
    ...(reactions.length === 0
      ? {}
      : { reactions: reactions.map(({ name, users }) => ({ name, users, count: users.length })) }),
    ...(withMetadata && metadata !== undefined
      ? { metadata: { event_type: metadata.event_type, event_payload: { ...metadata.event_payload } } }
      : {}),
  };
}

/** A channel as Slack describes it. */
export function toChannel({
  id,
  name,
  member,
  archived,
}: StoredChannel): NonNullable<ConversationsInfoResponse['channel']> {
  return { id, name, is_channel: true, is_member: member, is_archived: archived };
}
