import { ContinuumError } from '@continuum/contract/errors';
import type { Tracker } from '@continuum/contract/ports/tracker';
import type { Ticket } from '@continuum/contract/source';
import { cachedTickets } from '@continuum/ticket/cache';
import { z } from 'zod';
import { type AdfDocument, paragraph, textNode } from './adf.ts';
import { adfToMarkdown } from './adf-to-markdown.ts';
import { markdownToAdf } from './markdown-to-adf.ts';
import { type Ask, createAsk, type JiraOptions } from './requests.ts';
import { signOff } from './sign-off.ts';

const Issue = z.object({
  key: z.string(),
  fields: z.object({
    summary: z.string(),
    description: z.unknown().optional(),
    status: z.object({ name: z.string() }),
  }),
});

const Comment = z.object({ id: z.string(), body: z.unknown().optional() });
const Comments = z.object({ comments: z.array(Comment) });

/** Comments that are looked through for ours, newest first. */
const PAGE = 100;
const MOST_PAGES = 5;

type CommentInput = Parameters<Tracker['comment']>[0];

/**
 * Jira Cloud behind its port. Throws TRACKER_UNAVAILABLE (retryable, with `retryAfterMs` where Jira says it), TRACKER_REJECTED
 * with what to do, INVALID_INPUT for a key that no issue of Jira has.
 */
export function createJiraTracker(options: JiraOptions): Tracker {
  const ask = createAsk(options);
  const site = new URL(options.url).origin;
  return {
    source: 'jira',
    ticket: cachedTickets({ now: options.now ?? (() => new Date()), read: (key) => readTicket(ask, site, key) }),
    async comment(input) {
      const path = `/issue/${encodeURIComponent(assertKey(input.ticket))}/comment`;
      const id = (await findOwn(ask, path, input)) ?? (await post(ask, path, input));
      return { externalId: id, url: `${browseUrl(site, input.ticket)}?focusedCommentId=${id}` };
    },
  };
}

/** A project key is two characters at least, and Jira gives nobody a key by another form. */
const KEY = /^[A-Z][A-Z0-9_]{1,19}-[1-9]\d{0,8}$/;

function assertKey(key: string): string {
  if (KEY.test(key)) return key;
  throw new ContinuumError('INVALID_INPUT', 'this is no key of an issue in Jira', {
    next: 'Name it as Jira shows it, such as SHOP-7.',
  });
}

function browseUrl(site: string, key: string): string {
  return `${site}/browse/${key}`;
}

async function readTicket(ask: Ask, site: string, key: string): Promise<Ticket | undefined> {
  if (!KEY.test(key)) return undefined;
  const query = { fields: 'summary,description,status' };
  const issue = await ask(Issue, { method: 'GET', path: `/issue/${encodeURIComponent(key)}`, query });
  if (issue === undefined) return undefined;
  const { summary, description, status } = issue.fields;
  const url = browseUrl(site, issue.key);
  return { key: issue.key, title: summary, description: adfToMarkdown(description), state: status.name, url };
}

/** Id of the comment that was written under this key before. */
async function findOwn(ask: Ask, path: string, { key, signal }: CommentInput): Promise<string | undefined> {
  const mark = signOff(key);
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = { orderBy: '-created', maxResults: String(PAGE), startAt: String(page * PAGE) };
    const answer = await ask(Comments, { method: 'GET', path, query, signal });
    const comments = answer?.comments ?? [];
    // The end is ours; anything before may quote strangers.
    const own = comments.find(
      ({ body }) => /[^_*\s]+ · [0-9a-f]{16}(?=[_*]*$)/.exec(adfToMarkdown(body))?.[0] === mark,
    );
    if (own !== undefined) return own.id;
    if (comments.length < PAGE) return undefined;
  }
  return undefined;
}

async function post(ask: Ask, path: string, { key, body, signal }: CommentInput): Promise<string> {
  const created = await ask(Comment, { method: 'POST', path, body: { body: signed(body, key) }, signal });
  if (created !== undefined) return created.id;
  throw new ContinuumError('TRACKER_UNAVAILABLE', 'Jira did not say which comment it made', { retryable: true });
}

function signed(body: string, key: string): AdfDocument {
  const document = markdownToAdf(body);
  const last = paragraph(textNode(signOff(key), [{ type: 'em' }]));
  return { ...document, content: [...document.content, last] };
}
