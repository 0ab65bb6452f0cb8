import type { FindingId } from '../ids.ts';
import type { SourceName } from '../source.ts';

/** What is known of somebody on a chat. */
export interface ChatProfile {
  readonly id: string;
  readonly name: string;
  readonly email: string | undefined;
}

export interface ChatPost {
  /** Posted twice under one key, the message stands once. */
  readonly key: string;
  /** When it was first tried: it may stand since, and is looked for before it is posted. Absent on the first try. */
  readonly triedAt?: Date;
  readonly channel: string;
  /** `externalId` of the message that begins the thread; a message of the channel when absent. */
  readonly thread?: string;
  /** Who speaks. */
  readonly author: string;
  /** Markdown; the adapter writes it in the chat's own form. */
  readonly text: string;
  /** Set when the message tells of a finding: people judge it with buttons. */
  readonly findingId?: FindingId;
  readonly signal?: AbortSignal | undefined;
}

/** New text for a message that stands. */
export type ChatUpdate = { readonly externalId: string } & Omit<ChatPost, 'channel' | 'thread' | 'triedAt'>;

/** Where a message stands on a chat. */
export interface ChatMessage {
  readonly externalId: string;
  readonly url: string | undefined;
}

/** A question with one field that a click opens. */
export interface ChatForm {
  readonly kind: 'wrong' | 'edit';
  /** The click, as the chat names it: it answers for seconds only, and once. */
  readonly triggerId: string;
  readonly about: { readonly findingId: FindingId; readonly channel: string; readonly message: string };
  /** What stands in the field at first. */
  readonly text: string;
}

/** What somebody sees who opens the app itself. */
export interface ChatHome {
  readonly user: string;
  /** Markdown, one block each. */
  readonly sections: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A chat behind its port, such as Slack. Throws CHAT_UNAVAILABLE (retryable, with `retryAfterMs` where the chat says it), CHAT_REJECTED with what to do. */
export interface ChatHost {
  readonly source: SourceName;
  post(post: ChatPost): Promise<ChatMessage>;
  /** New text for a message of ours. Nothing happens when it is gone. */
  update(message: ChatUpdate): Promise<void>;
  /** False when the click was too long ago. */
  ask(form: ChatForm): Promise<boolean>;
  showHome(home: ChatHome): Promise<void>;
  /** Cached for some minutes; undefined for somebody unknown. */
  profile(id: string): Promise<ChatProfile | undefined>;
  /** Name of a channel as people see it, cached for some minutes; undefined for one that we cannot see. */
  placeName(id: string): Promise<string | undefined>;
  /** Address of a message; undefined when this chat has none for it. */
  urlOf(externalId: string, thread?: string): Promise<string | undefined>;
}
