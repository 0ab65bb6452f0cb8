import { z } from 'zod';

// Payloads narrowed to the fields that the system reads; whatever else Linear sends or adds later passes by.

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** Who did it: a user, an OAuth application or an integration. */
const Actor = z.object({ id: z.string().min(1), name: z.string().min(1), type: z.string().default('user') });

const User = z.object({ id: z.string().min(1), name: z.string().min(1) });

/** An issue as other entities name it. */
const Issue = z.object({ identifier: z.string().min(1), title: z.string(), url: z.string() });

const Envelope = z.object({
  action: z.enum(['create', 'update', 'remove']),
  actor: Actor.nullish(),
  createdAt: z.string(),
});

export const IssuePayload = Envelope.extend({
  data: Issue.extend({
    description: text,
    state: z.object({ name: z.string() }),
    creator: User.nullish(),
    updatedAt: z.string(),
  }),
  updatedFrom: z.record(z.string(), z.unknown()).nullish(),
});

export const CommentPayload = Envelope.extend({
  url: z.string().nullish(),
  data: z.object({
    id: z.string().min(1),
    body: text,
    parentId: z.string().nullish(),
    issue: Issue.nullish(),
    user: User.nullish(),
    botActor: z.unknown().optional(),
    externalUser: User.nullish(),
    createdAt: z.string(),
    editedAt: z.string().nullish(),
    updatedAt: z.string(),
  }),
  updatedFrom: z.record(z.string(), z.unknown()).nullish(),
});

export const ReactionPayload = Envelope.extend({
  data: z.object({
    emoji: z.string().min(1).max(64),
    commentId: z.string().nullish(),
    issue: Issue.nullish(),
    user: User.nullish(),
    updatedAt: z.string(),
  }),
});
