import { z } from 'zod';
import { Id, Moment, Repository, User } from '../schemas.ts';
import { type GithubAuthor, toAuthor } from './author.ts';

/** A review thread was closed, or opened again. */
export interface ThreadEvent {
  readonly kind: 'thread';
  readonly action: 'resolved' | 'unresolved';
  readonly repo: string;
  readonly pr: number;
  /** The first comment of the thread. */
  readonly externalId: string;
  readonly sender: GithubAuthor;
  /** ISO 8601. */
  readonly at: string;
}

export const ThreadPayload = z.object({
  action: z.enum(['resolved', 'unresolved']),
  thread: z.object({ comments: z.tuple([z.object({ id: Id })], z.unknown()) }),
  pull_request: z.object({ number: Id, updated_at: Moment }),
  /** Absent in older payloads. */
  updated_at: Moment.nullish(),
  repository: Repository,
  sender: User,
});

/** The thread by its first comment, which is how everything else knows it. */
export function toThreadEvent(payload: z.output<typeof ThreadPayload>): ThreadEvent {
  return {
    kind: 'thread',
    action: payload.action,
    repo: payload.repository.full_name,
    pr: payload.pull_request.number,
    externalId: String(payload.thread.comments[0].id),
    sender: toAuthor(payload.sender),
    at: payload.updated_at ?? payload.pull_request.updated_at,
  };
}
