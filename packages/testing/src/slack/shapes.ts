import type {
  AppHomeOpenedEvent,
  GenericMessageEvent,
  MessageChangedEvent,
  MessageDeletedEvent,
  ReactionAddedEvent,
  ReactionRemovedEvent,
  SlackEvent,
} from '@slack/types';
import type { State, StoredChannel, StoredMessage } from './state.ts';

// Payloads as Slack sends them: the compiler holds them to the types of Slack's own SDK.

/** What the Events API posts. */
export interface EventCallback {
  readonly token: string;
  readonly team_id: string;
  readonly api_app_id: string;
  readonly event: SlackEvent;
  readonly type: 'event_callback';
  readonly event_id: string;
  readonly event_time: number;
  readonly is_ext_shared_channel: boolean;
  readonly authorizations: readonly {
    readonly enterprise_id: null;
    readonly team_id: string;
    readonly user_id: string;
    readonly is_bot: boolean;
    readonly is_enterprise_install: boolean;
  }[];
}

/** Deprecated at Slack, and still sent. */
export const TOKEN = 'a deprecated verification token';

/** An event in its envelope. */
export function toEnvelope(state: State, event: SlackEvent): EventCallback {
  return {
    token: TOKEN,
    team_id: state.team.id,
    api_app_id: state.app,
    event,
    type: 'event_callback',
    event_id: state.nextId('Ev'),
    event_time: Math.floor(state.clock().getTime() / 1000),
    is_ext_shared_channel: false,
    authorizations: [
      {
        enterprise_id: null,
        team_id: state.team.id,
        user_id: state.bot.user,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
  };
}

type Posted = GenericMessageEvent & { app_id?: string; username?: string };

/** Somebody wrote; what an app posts comes the same way, with its ids. */
export function toMessageEvent(state: State, channel: StoredChannel, message: StoredMessage): GenericMessageEvent {
  const { ts, thread, user, bot, username, text, edited } = message;
  const event: Posted = {
    type: 'message',
    subtype: undefined,
    channel: channel.id,
    channel_type: 'channel',
    team: state.team.id,
    event_ts: ts,
    ...{ ts, user, text },
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ...(bot === undefined ? {} : { bot_id: bot, app_id: bot === state.bot.id ? state.app : 'A0OTHER' }),
    ...(username === undefined ? {} : { username }),
    ...(edited === undefined ? {} : { edited }),
  };
  return event;
}

/** Somebody changed what they wrote. */
export function toChangedEvent(
  state: State,
  channel: StoredChannel,
  before: GenericMessageEvent,
  message: StoredMessage,
): MessageChangedEvent {
  return {
    type: 'message',
    subtype: 'message_changed',
    hidden: true,
    channel: channel.id,
    channel_type: 'channel',
    event_ts: message.edited?.ts ?? state.nextTs(),
    ts: message.edited?.ts ?? message.ts,
    message: toMessageEvent(state, channel, message),
    previous_message: before,
  };
}

/** Somebody took back what they wrote. */
export function toDeletedEvent(
  channel: StoredChannel,
  before: GenericMessageEvent,
  eventTs: string,
): MessageDeletedEvent {
  return {
    type: 'message',
    subtype: 'message_deleted',
    hidden: true,
    channel: channel.id,
    channel_type: 'channel',
    event_ts: eventTs,
    ts: eventTs,
    deleted_ts: before.ts,
    previous_message: before,
  };
}

/** Somebody reacted, or took it back. */
export function toReactionEvent(
  type: 'reaction_added' | 'reaction_removed',
  channel: string,
  message: StoredMessage,
  { user, emoji, eventTs }: { readonly user: string; readonly emoji: string; readonly eventTs: string },
): ReactionAddedEvent | ReactionRemovedEvent {
  return {
    type,
    user,
    reaction: emoji,
    item_user: message.user,
    item: { type: 'message', channel, ts: message.ts },
    event_ts: eventTs,
  };
}

/** Somebody opened the app. */
export function toHomeEvent(user: string, eventTs: string): AppHomeOpenedEvent {
  return { type: 'app_home_opened', user, channel: 'D0HOME00', tab: 'home', event_ts: eventTs };
}
