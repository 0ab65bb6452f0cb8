import type { Place, ReadSignals, Signal, SourceAuthor } from '@continuum/contract/source';
import type { z } from 'zod';
import { adfToMarkdown } from './adf-to-markdown.ts';
import { CommentPayload, IssuePayload } from './payloads.ts';
import { endsWithSignOff } from './sign-off.ts';
import { wikiToMarkdown } from './wiki-to-markdown.ts';

/**
 * Reads issues and comments off a verified payload of Jira. A comment that is ours has an author of kind `bot`. Jira has no
 * threads: a comment answers nothing but its ticket.
 */
export const readSignals: ReadSignals = (event, payload) => {
  if (event === 'issue') return read(IssuePayload, payload, toTicket);
  if (event === 'comment') return read(CommentPayload, payload, toMessage);
  return [];
};

function read<S extends z.ZodType>(schema: S, payload: unknown, to: (value: z.output<S>) => Signal[]): Signal[] {
  const parsed = schema.safeParse(payload);
  return parsed.success ? to(parsed.data) : [];
}

type IssueEvent = z.output<typeof IssuePayload>;
type CommentEvent = z.output<typeof CommentPayload>;

const TICKET_ACTIONS = {
  'jira:issue_created': 'created',
  'jira:issue_updated': 'updated',
  'jira:issue_deleted': 'removed',
} as const;
const MESSAGE_ACTIONS = { comment_created: 'created', comment_updated: 'edited', comment_deleted: 'deleted' } as const;

/** Fields of an issue that we tell of; ranks, watchers and estimates change all day. */
const TELLING: ReadonlySet<string> = new Set(['summary', 'description', 'status', 'Key']);

function toTicket({ webhookEvent, timestamp, user, issue, changelog }: IssueEvent): Signal[] {
  const { key, self, fields } = issue;
  const action = TICKET_ACTIONS[webhookEvent];
  if (action === 'updated' && !(changelog?.items ?? []).some(({ field }) => TELLING.has(field))) return [];
  const { summary: title, description, status } = fields;
  return [
    {
      ...{ kind: 'ticket', action, place: { id: key, title }, author: authorOf(user), at: momentOf(timestamp) },
      ticket: { key, title, description: textOf(description), state: status.name, url: browseUrl(self, key) },
    },
  ];
}

function toMessage({ webhookEvent, timestamp, comment, issue }: CommentEvent): Signal[] {
  const { id, body, author, created, updated } = comment;
  const text = textOf(body);
  const action = MESSAGE_ACTIONS[webhookEvent];
  const title = issue.fields?.summary;
  const place: Place = title === undefined ? { id: issue.key } : { id: issue.key, title };
  const said = authorOf(author);
  return [
    {
      ...{ kind: 'message', action, place, externalId: id, text },
      author: endsWithSignOff(text) ? { ...said, kind: 'bot' } : said,
      // A deleted comment keeps the time of its last edit.
      at: action === 'deleted' ? momentOf(timestamp) : isoOf(action === 'created' ? created : updated, timestamp),
      url: `${browseUrl(issue.self, issue.key)}?focusedCommentId=${encodeURIComponent(id)}`,
    },
  ];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? wikiToMarkdown(value) : adfToMarkdown(value);
}

function authorOf(user: IssueEvent['user']): SourceAuthor {
  if (user === null || user === undefined) return { id: 'jira', name: 'Jira', kind: 'bot' };
  return { id: user.accountId, name: user.displayName, kind: user.accountType === 'app' ? 'bot' : 'person' };
}

/** Jira writes times as `2026-03-01T11:59:00.000+0000`. */
function isoOf(time: string | undefined, otherwise: number): string {
  const ms = Date.parse(time ?? '');
  return momentOf(Number.isNaN(ms) ? otherwise : ms);
}

/** The farthest moments that a date can name, in ms. */
const MOST_MS = 8.64e15;

function momentOf(ms: number): string {
  return new Date(Math.abs(ms) <= MOST_MS ? ms : 0).toISOString();
}

function browseUrl(self: string, key: string): string {
  return `${new URL(self).origin}/browse/${encodeURIComponent(key)}`;
}
