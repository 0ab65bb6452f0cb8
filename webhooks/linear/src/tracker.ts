import { ContinuumError, toContinuumError } from '@continuum/contract/errors';
import type { Tracker } from '@continuum/contract/ports/tracker';
import type { Ticket } from '@continuum/contract/source';
import { cachedTickets } from '@continuum/ticket/cache';
import { z } from 'zod';
import { commentIdOf } from './comment-id.ts';
import { type Ask, createAsk, type LinearOptions } from './graphql.ts';

/** Longest body of a comment that is sent, in characters. */
const MOST_CHARACTERS = 50_000;

const ISSUE = `query Ticket($team: String!, $number: Float!) {
  issues(filter: { team: { key: { eq: $team } }, number: { eq: $number } }, first: 1, includeArchived: true) {
    nodes { identifier title description url state { name } }
  }
}`;

const COMMENT = `query OwnComment($id: ID!) {
  comments(filter: { id: { eq: $id } }, first: 1, includeArchived: true) { nodes { id url } }
}`;

const CREATE = `mutation Comment($input: CommentCreateInput!) {
  commentCreate(input: $input) { success comment { id url } }
}`;

const Issues = z.object({
  issues: z.object({
    nodes: z.array(
      z.object({
        identifier: z.string(),
        title: z.string(),
        description: z.string().nullish(),
        url: z.string(),
        state: z.object({ name: z.string() }),
      }),
    ),
  }),
});

const Comment = z.object({ id: z.string(), url: z.string() });
const Comments = z.object({ comments: z.object({ nodes: z.array(Comment) }) });
const Created = z.object({ commentCreate: z.object({ success: z.boolean(), comment: Comment }) });

/**
 * Linear behind its port. Throws TRACKER_UNAVAILABLE (retryable, with `retryAfterMs` where Linear says it), TRACKER_REJECTED with
 * what to do, INVALID_INPUT for a key that no issue of Linear has.
 */
export function createLinearTracker(options: LinearOptions): Tracker {
  const ask = createAsk(options);
  return {
    source: 'linear',
    ticket: cachedTickets({ now: options.now ?? (() => new Date()), read: (key) => readTicket(ask, key) }),
    async comment({ key, ticket, body, signal }) {
      const id = commentIdOf(key);
      const posted = (await findComment(ask, id, signal)) ?? (await post(ask, { id, ticket, body }, signal));
      return { externalId: posted.id, url: posted.url };
    },
  };
}

async function readTicket(ask: Ask, key: string): Promise<Ticket | undefined> {
  const parts = partsOf(key);
  if (parts === undefined) return undefined;
  const { issues } = await ask(Issues, { query: ISSUE, variables: parts });
  const [issue] = issues.nodes;
  if (issue === undefined) return undefined;
  const { identifier, title, description, url, state } = issue;
  return { key: identifier, title, description: description ?? '', state: state.name, url };
}

function partsOf(key: string): { readonly team: string; readonly number: number } | undefined {
  const [, team, number] = /^([A-Z][A-Z0-9]{0,9})-([1-9]\d{0,6})$/.exec(key) ?? [];
  return team === undefined ? undefined : { team, number: Number(number) };
}

async function findComment(ask: Ask, id: string, signal: AbortSignal | undefined) {
  const { comments } = await ask(Comments, { query: COMMENT, variables: { id }, signal });
  return comments.nodes[0];
}

interface NewComment {
  readonly id: string;
  readonly ticket: string;
  readonly body: string;
}

async function post(ask: Ask, { id, ticket, body }: NewComment, signal: AbortSignal | undefined) {
  if (partsOf(ticket) === undefined) {
    throw new ContinuumError('INVALID_INPUT', 'this is no key of an issue in Linear', {
      next: 'Name it as Linear shows it, such as ENG-42.',
    });
  }
  const input = { id, issueId: ticket, body: body.slice(0, MOST_CHARACTERS) };
  try {
    return (await ask(Created, { query: CREATE, variables: { input }, signal })).commentCreate.comment;
  } catch (thrown) {
    // Somebody else wrote it in between under the same id: Linear refuses the second.
    const known = toContinuumError(thrown).retryable ? undefined : await findComment(ask, id, signal);
    if (known === undefined) throw thrown;
    return known;
  }
}
