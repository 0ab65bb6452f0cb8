import type {
  AuthTestResponse,
  ChatPostMessageResponse,
  ChatUpdateResponse,
  ConversationsHistoryResponse,
  ConversationsInfoResponse,
  ConversationsListResponse,
  ReactionsAddResponse,
  UsersInfoResponse,
  ViewsOpenResponse,
  ViewsPublishResponse,
} from '@slack/web-api';
import { z } from 'zod';
import { FakeHome, FakeModal, parseBlocks } from './blocks.ts';
import { toChannel, toListed } from './listed.ts';
import type { State, StoredChannel, StoredMessage } from './state.ts';

export type Args = Readonly<Record<string, string>>;
/** Slack's word for a refusal, with what else it says. */
export interface Refusal {
  readonly ok: false;
  readonly error: string;
  readonly needed?: string;
}
type Method<R> = (
  state: State,
  args: Args,
  told: (channel: StoredChannel, message: StoredMessage) => void,
) => R | Refusal;

const refuse = (error: string): Refusal => ({ ok: false, error });
const TRIGGER_MS = 3_000;
const MAX_TEXT = 40_000;

const Metadata = z.object({
  event_type: z.string().min(1),
  event_payload: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

const authTest: Method<AuthTestResponse> = ({ team, bot }) => ({
  ok: true,
  url: `https://${team.domain}.slack.com/`,
  team: 'Acme',
  user: 'continuum',
  team_id: team.id,
  user_id: bot.user,
  bot_id: bot.id,
});

/** A channel that our bot may write to, or why not. */
function writable(state: State, id: string | undefined): StoredChannel | Refusal {
  const channel = state.channels.get(id ?? '');
  if (channel === undefined) return refuse('channel_not_found');
  if (channel.archived) return refuse('is_archived');
  return channel.member ? channel : refuse('not_in_channel');
}

const postMessage: Method<ChatPostMessageResponse> = (state, args, told) => {
  const channel = writable(state, args.channel);
  if ('error' in channel) return channel;
  const { text = '' } = args;
  if (text === '' || text.length > MAX_TEXT) return refuse(text === '' ? 'no_text' : 'msg_too_long');
  const blocks = args.blocks === undefined ? undefined : parseBlocks(args.blocks);
  if (args.blocks !== undefined && blocks === undefined) return refuse('invalid_blocks');
  const metadata = args.metadata === undefined ? undefined : Metadata.safeParse(JSON.parse(args.metadata)).data;
  if (args.metadata !== undefined && metadata === undefined) return refuse('invalid_metadata_format');
  const root = channel.messages.find(({ ts }) => ts === args.thread_ts);
  if (args.thread_ts !== undefined && root === undefined) return refuse('thread_not_found');
  if (root !== undefined) root.thread ??= root.ts;
  const message: StoredMessage = {
    ts: state.nextTs(),
    thread: root?.ts,
    user: state.bot.user,
    bot: state.bot.id,
    username: args.username,
    ...{ text, blocks, metadata, edited: undefined, reactions: [] },
  };
  channel.messages.push(message);
  told(channel, message);
  return {
    ok: true,
    channel: channel.id,
    ts: message.ts,
    message: { type: 'message', text: message.text, ts: message.ts },
  };
};

const update: Method<ChatUpdateResponse> = (state, args) => {
  const channel = writable(state, args.channel);
  if ('error' in channel) return channel;
  const message = channel.messages.find(({ ts }) => ts === args.ts);
  if (message === undefined) return refuse('message_not_found');
  if (message.user !== state.bot.user) return refuse('cant_update_message');
  const blocks = args.blocks === undefined ? message.blocks : parseBlocks(args.blocks);
  if (args.blocks !== undefined && blocks === undefined) return refuse('invalid_blocks');
  message.text = args.text ?? message.text;
  message.blocks = blocks;
  message.edited = { user: state.bot.user, ts: state.nextTs() };
  return { ok: true, channel: channel.id, ts: message.ts, text: message.text };
};

/** One page of messages between two moments, neither of them included. */
function page(state: State, args: Args, messages: readonly StoredMessage[]): ConversationsHistoryResponse {
  const oldest = Number(args.oldest ?? 0);
  const latest = Number(args.latest ?? Number.POSITIVE_INFINITY);
  const inTime = messages.filter(({ ts }) => Number(ts) > oldest && Number(ts) < latest);
  const size = Math.min(1000, Math.max(1, Number(args.limit) || 100));
  const from = Number(args.cursor ?? 0);
  const next = from + size < inTime.length ? String(from + size) : '';
  const withMetadata = args.include_all_metadata === 'true';
  return {
    ok: true,
    messages: inTime.slice(from, from + size).map((message) => toListed(state, message, withMetadata)),
    has_more: next !== '',
    response_metadata: { next_cursor: next },
  };
}

const history: Method<ConversationsHistoryResponse> = (state, args) => {
  const channel = writable(state, args.channel);
  if ('error' in channel) return channel;
  const top = channel.messages.filter(({ ts, thread }) => thread === undefined || thread === ts);
  return page(state, args, top.toReversed());
};

const replies: Method<ConversationsHistoryResponse> = (state, args) => {
  const channel = writable(state, args.channel);
  if ('error' in channel) return channel;
  const root = channel.messages.find(({ ts }) => ts === args.ts);
  if (root === undefined) return refuse('thread_not_found');
  const below = channel.messages.filter(({ thread, ts }) => thread === root.ts && ts !== root.ts);
  const answer = page(state, args, below);
  // The first message of a thread comes along, whatever the bounds.
  return { ...answer, messages: [toListed(state, root, false), ...(answer.messages ?? [])] };
};

const info: Method<ConversationsInfoResponse> = (state, args) => {
  const channel = state.channels.get(args.channel ?? '');
  return channel === undefined ? refuse('channel_not_found') : { ok: true, channel: toChannel(channel) };
};

const list: Method<ConversationsListResponse> = (state) => ({
  ok: true,
  channels: [...state.channels.values()].map(toChannel),
  response_metadata: { next_cursor: '' },
});

const usersInfo: Method<UsersInfoResponse> = (state, args) => {
  const user = state.users.get(args.user ?? '');
  if (user === undefined) return refuse('user_not_found');
  const { id, name, email, deleted } = user;
  const profile = { real_name: name, display_name: name, ...(email === undefined ? {} : { email }) };
  return { ok: true, user: { id, team_id: state.team.id, name, deleted, real_name: name, is_bot: false, profile } };
};

const viewsOpen: Method<ViewsOpenResponse> = (state, args) => {
  const trigger = state.triggers.get(args.trigger_id ?? '');
  if (trigger === undefined) return refuse('invalid_trigger_id');
  if (trigger.used) return refuse('exchanged_trigger_id');
  if (state.clock().getTime() - trigger.at > TRIGGER_MS) return refuse('expired_trigger_id');
  const view = FakeModal.safeParse(JSON.parse(args.view ?? '{}')).data;
  if (view === undefined) return refuse('invalid_arguments');
  state.triggers.set(args.trigger_id ?? '', { ...trigger, used: true });
  const id = state.nextId('V');
  state.open.push({ id, user: trigger.user, view });
  return { ok: true, view: { id, type: 'modal' } };
};

const viewsPublish: Method<ViewsPublishResponse> = (state, args) => {
  const view = FakeHome.safeParse(JSON.parse(args.view ?? '{}')).data;
  if (view === undefined) return refuse('invalid_arguments');
  if (!state.users.has(args.user_id ?? '')) return refuse('user_not_found');
  state.homes.set(args.user_id ?? '', view);
  return { ok: true, view: { type: 'home' } };
};

const reactionsAdd: Method<ReactionsAddResponse> = (state, args) => {
  const channel = writable(state, args.channel);
  if ('error' in channel) return channel;
  const message = channel.messages.find(({ ts }) => ts === args.timestamp);
  if (message === undefined) return refuse('message_not_found');
  const reaction = message.reactions.find(({ name }) => name === args.name);
  if (reaction?.users.includes(state.bot.user) === true) return refuse('already_reacted');
  if (reaction === undefined) message.reactions.push({ name: args.name ?? '', users: [state.bot.user] });
  else reaction.users.push(state.bot.user);
  return { ok: true };
};

/** The part of the Web API that the fake has, by method name. */
export const METHODS: Readonly<Record<string, Method<object>>> = {
  'auth.test': authTest,
  'chat.postMessage': postMessage,
  'chat.update': update,
  'conversations.history': history,
  'conversations.replies': replies,
  'conversations.info': info,
  'conversations.list': list,
  'users.info': usersInfo,
  'views.open': viewsOpen,
  'views.publish': viewsPublish,
  'reactions.add': reactionsAdd,
};
