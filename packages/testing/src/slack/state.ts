import type { MessageMetadata } from '@slack/types';
import type { FakeBlock, FakeHome, FakeModal } from './blocks.ts';

export interface StoredUser {
  readonly id: string;
  name: string;
  email: string | undefined;
  deleted: boolean;
}

export interface StoredReaction {
  readonly name: string;
  readonly users: string[];
}

/** A message as it stands in a channel. */
export interface StoredMessage {
  readonly ts: string;
  /** Of the message that begins the thread; its own where it has replies. */
  thread: string | undefined;
  /** A person, or our bot. */
  readonly user: string;
  /** Set on what an app posted. */
  readonly bot: string | undefined;
  readonly username: string | undefined;
  text: string;
  blocks: readonly FakeBlock[] | undefined;
  readonly metadata: MessageMetadata | undefined;
  edited: { readonly user: string; readonly ts: string } | undefined;
  readonly reactions: StoredReaction[];
}

export interface StoredChannel {
  readonly id: string;
  readonly name: string;
  /** Is our bot in it? */
  member: boolean;
  archived: boolean;
  /** Oldest first. */
  messages: StoredMessage[];
}

/** A form that is open in front of somebody. */
export interface OpenView {
  readonly id: string;
  readonly user: string;
  readonly view: FakeModal;
}

/** Everything the fake knows. */
export interface State {
  readonly team: { readonly id: string; readonly domain: string };
  readonly app: string;
  readonly bot: { readonly user: string; readonly id: string };
  readonly users: Map<string, StoredUser>;
  readonly channels: Map<string, StoredChannel>;
  readonly homes: Map<string, FakeHome>;
  readonly open: OpenView[];
  /** Who clicked, by trigger id: good for three seconds and once. */
  readonly triggers: Map<string, { readonly user: string; readonly at: number; used: boolean }>;
  /** `http://127.0.0.1:<port>`, set once the server listens. */
  url: string;
  /** What time it is in this world. */
  clock: () => Date;
  /** A ts that was never given out before, not before the last one. */
  nextTs(): string;
  nextId(prefix: string): string;
}

/** A workspace with our bot and nobody else. */
export function createState(): State {
  let last = 0;
  let ids = 1_000;
  const state: State = {
    team: { id: 'T0FAKE00', domain: 'acme' },
    app: 'A0FAKE00',
    bot: { user: 'U0BOT000', id: 'B0BOT000' },
    users: new Map(),
    channels: new Map(),
    homes: new Map(),
    open: [],
    triggers: new Map(),
    url: '',
    clock: () => new Date(),
    nextTs: () => {
      last = Math.max(last + 1, state.clock().getTime() * 1_000);
      return `${Math.floor(last / 1e6)}.${String(last % 1e6).padStart(6, '0')}`;
    },
    nextId: (prefix) => {
      ids += 1;
      return `${prefix}${ids.toString(36).toUpperCase().padStart(7, '0')}`;
    },
  };
  return state;
}

/** The channel of an id. Throws when there is none. */
export function channelOf(state: State, id: string): StoredChannel {
  const channel = state.channels.get(id);
  if (channel === undefined) throw new Error(`the fake Slack has no channel ${id}`);
  return channel;
}

/** The message of a ts. Throws when there is none. */
export function messageOf(state: State, channel: string, ts: string): StoredMessage {
  const message = channelOf(state, channel).messages.find((each) => each.ts === ts);
  if (message === undefined) throw new Error(`the channel ${channel} has no message ${ts}`);
  return message;
}

/** The person of an id. Throws when there is nobody. */
export function userOf(state: State, id: string): StoredUser {
  const user = state.users.get(id);
  if (user === undefined) throw new Error(`the fake Slack knows no user ${id}`);
  return user;
}
