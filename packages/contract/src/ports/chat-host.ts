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

/** Where a message stands on a chat. */
export interface ChatMessage {
  readonly externalId: string;
  readonly url: string | undefined;
}

/** A chat behind its port, such as Slack. Throws CHAT_UNAVAILABLE (retryable, with `retryAfterMs` where the chat says it), CHAT_REJECTED with what to do. */
export interface ChatHost {
  readonly source: SourceName;
  post(post: ChatPost): Promise<ChatMessage>;
  /** New text for a message of ours. Nothing happens when it is gone. */
  update(message: { readonly externalId: string } & Omit<ChatPost, 'channel' | 'thread'>): Promise<void>;
  /** Cached for some minutes; undefined for somebody unknown. */
  profile(id: string): Promise<ChatProfile | undefined>;
}
