import { z } from 'zod';

// Payloads narrowed to the fields that the system reads; whatever else Linear sends or adds later passes by.

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

const Moment = z.iso.datetime({ offset: true });

/** Who did it: a user, an OAuth application or an integration. */
const Actor = z.object({ id: z.string().min(1), name: z.string().min(1), type: z.string().default('user') });

const User = z.object({ id: z.string().min(1), name: z.string().min(1) });

/** An issue as other entities name it. */
const Issue = z.object({ identifier: z.string().min(1), title: z.string(), url: z.string() });

const Envelope = z.object({
  action: z.enum(['create', 'update', 'remove']),
  actor: Actor.nullish(),
  createdAt: Moment,
});

export const IssuePayload = Envelope.extend({
  data: Issue.extend({
    description: text,
    state: z.object({ name: z.string() }),
    creator: User.nullish(),
    updatedAt: Moment,
  }),
  updatedFrom: z.record(z.string(), z.unknown()).nullish(),
});

export const CommentPayload = Envelope.extend({
  url: z.string().nullish(),
  data: z.object({
    id: z.string().min(1),
    body: text,
    parentId: z.string().min(1).nullish(),
    issue: Issue.nullish(),
    user: User.nullish(),
    botActor: z.unknown().optional(),
    externalUser: User.nullish(),
    createdAt: Moment,
    editedAt: Moment.nullish(),
    updatedAt: Moment,
  }),
  updatedFrom: z.record(z.string(), z.unknown()).nullish(),
});

export const ReactionPayload = Envelope.extend({
  data: z.object({
    emoji: z.string().min(1).max(64),
    commentId: z.string().min(1).nullish(),
    issue: Issue.nullish(),
    user: User.nullish(),
    updatedAt: Moment,
  }),
});
