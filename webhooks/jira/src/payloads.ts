import { z } from 'zod';

// Payloads narrowed to the fields that the system reads; whatever else Jira sends or adds later passes by.

const User = z.object({
  accountId: z.string().min(1),
  displayName: z.string().min(1),
  accountType: z.string().optional(),
});

/** Wiki markup, or a document of the Atlassian Document Format. */
const Text = z.unknown().optional();

/** `https://acme.atlassian.net/rest/api/2/issue/10002`. */
const Self = z.url();

export const IssuePayload = z.object({
  webhookEvent: z.enum(['jira:issue_created', 'jira:issue_updated', 'jira:issue_deleted']),
  timestamp: z.number(),
  user: User.nullish(),
  issue: z.object({
    self: Self,
    key: z.string().min(1).max(100),
    fields: z.object({ summary: z.string(), description: Text, status: z.object({ name: z.string() }) }),
  }),
  changelog: z.object({ items: z.array(z.object({ field: z.string() })) }).optional(),
});

export const CommentPayload = z.object({
  webhookEvent: z.enum(['comment_created', 'comment_updated', 'comment_deleted']),
  timestamp: z.number(),
  comment: z.object({
    id: z.string().min(1),
    author: User.nullish(),
    body: Text,
    created: z.string().optional(),
    updated: z.string().optional(),
  }),
  issue: z.object({
    self: Self,
    key: z.string().min(1).max(100),
    fields: z.object({ summary: z.string() }).optional(),
  }),
});
