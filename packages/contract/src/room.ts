import { z } from 'zod';
import { FindingId, MessageId, ReviewId, RoomId, ScopeId } from './ids.ts';
import { SourceName } from './source.ts';

export const Author = z.object({
  kind: z.enum(['person', 'persona', 'system']),
  /** Login on the source, or the persona id. */
  id: z.string().min(1),
  name: z.string().min(1),
});
export type Author = z.infer<typeof Author>;

export const Room = z.object({
  id: RoomId,
  title: z.string(),
  scope: ScopeId,
  at: z.string(),
});
export type Room = z.infer<typeof Room>;

/** Where a message was written; every source is a view of the same room. */
export const MessageSource = z.object({
  kind: z.enum(['web', 'cli', 'api', 'github', 'slack', 'vscode', 'linear', 'jira', 'ci', 'system']),
  /** Unique per kind: the comment id on the source. */
  externalId: z.string().optional(),
  url: z.string().optional(),
  /** Where on the source: a channel, a ticket. */
  place: z.string().optional(),
  repo: z.string().optional(),
  pr: z.number().int().optional(),
});
export type MessageSource = z.infer<typeof MessageSource>;

export const Message = z.object({
  id: MessageId,
  roomId: RoomId,
  /** First message of the thread; null on a message that starts one. */
  threadId: MessageId.nullable(),
  replyTo: MessageId.nullable(),
  author: Author,
  text: z.string().max(200_000),
  source: MessageSource,
  findingId: FindingId.optional(),
  reviewId: ReviewId.optional(),
  /** How many persona messages led to this one; stops two personas from talking for ever. */
  hop: z.number().int().nonnegative().default(0),
  editedAt: z.string().optional(),
  at: z.string(),
});
export type Message = z.infer<typeof Message>;

export const Reaction = z.object({
  messageId: MessageId,
  author: Author,
  emoji: z.string().min(1).max(64),
  at: z.string(),
});
export type Reaction = z.infer<typeof Reaction>;

/** One more place where a message stands: its comment on a pull request, its post in a channel. */
export const MessageLink = z.object({
  messageId: MessageId,
  kind: MessageSource.shape.kind,
  /** Unique per kind. */
  externalId: z.string().min(1),
  url: z.string().optional(),
});
export type MessageLink = z.infer<typeof MessageLink>;

/** A place outside in which a room is seen, such as a Slack channel. */
export const RoomView = z.object({
  kind: SourceName,
  /** Id of the place on its source. */
  place: z.string().min(1).max(200),
  roomId: RoomId,
  title: z.string(),
  at: z.string(),
});
export type RoomView = z.infer<typeof RoomView>;

/** Somebody on a source is a person known by another name: their login on the code host, under which they teach. */
export const PersonLink = z.object({
  kind: SourceName,
  /** Their id on the source. */
  externalId: z.string().min(1).max(200),
  person: z.string().min(1).max(100),
  /** Who vouches for it. */
  by: z.string(),
  at: z.string(),
});
export type PersonLink = z.infer<typeof PersonLink>;

/** Somebody on a source says who they are elsewhere; a code said under that name proves it. */
export const PersonClaim = PersonLink.omit({ by: true });
export type PersonClaim = z.infer<typeof PersonClaim>;
