import type { Context, Hono } from 'hono';
import { z } from 'zod';
import { type Env, paginate, refuse, repoAt } from './answers.ts';
import { toReaction } from './comment-shapes.ts';
import {
  REACTIONS,
  type ReactionContent,
  type RepoState,
  type State,
  type StoredReaction,
  type Thread,
} from './state.ts';

interface Reactable {
  readonly id: number;
  readonly reactions: StoredReaction[];
}

/** Adds somebody's emoji, one of a kind for each of them; says whether it is new. */
export function addReaction(
  state: State,
  { reactions }: Reactable,
  author: string,
  content: ReactionContent,
): { readonly reaction: StoredReaction; readonly isNew: boolean } {
  const known = reactions.find((one) => one.author === author && one.content === content);
  if (known !== undefined) return { reaction: known, isNew: false };
  const reaction = { id: state.nextId(), content, author, at: state.now() };
  reactions.push(reaction);
  return { reaction, isNew: true };
}

/** Takes somebody's emoji off again. */
export function removeReaction({ reactions }: Reactable, author: string, content: ReactionContent): void {
  const at = reactions.findIndex((one) => one.author === author && one.content === content);
  if (at !== -1) reactions.splice(at, 1);
}

/** What `issue:<id>`, `review:<id>` or the bare number of a review comment names. */
export function reactableAt(thread: Thread, externalId: string): Reactable | undefined {
  const id = Number(externalId.replace(/^(?:issue|review):/, ''));
  const among = externalId.startsWith('issue:')
    ? thread.issueComments
    : externalId.startsWith('review:')
      ? thread.reviews
      : thread.reviewComments;
  return among.find((one) => one.id === id);
}

const Body = z.object({ content: z.enum(REACTIONS) });

/** Reactions on comments of the conversation and of review threads. */
export function addReactions(app: Hono<Env>, state: State, bot: string): void {
  const lists = { issues: 'issueComments', pulls: 'reviewComments' } as const;
  for (const [kind, list] of Object.entries(lists)) {
    const path = `/repos/:owner/:repo/${kind}/comments/:comment/reactions`;
    app.post(path, (c) => post(c, state, bot, find(c, repoAt(c, state), list)));
    app.get(path, (c) => {
      const found = find(c, repoAt(c, state), list);
      return found === undefined
        ? refuse(c, 404, 'Not Found')
        : paginate(c, state, found.reactions, (one) => toReaction(state, one));
    });
  }
}

function find(
  c: Context<Env>,
  repo: RepoState | undefined,
  list: 'issueComments' | 'reviewComments',
): Reactable | undefined {
  const id = Number(c.req.param('comment'));
  const all: Reactable[] = [...(repo?.threads.values() ?? [])].flatMap((thread) => thread[list]);
  return all.find((one) => one.id === id);
}

async function post(c: Context<Env>, state: State, bot: string, on: Reactable | undefined): Promise<Response> {
  if (on === undefined) return refuse(c, 404, 'Not Found');
  const parsed = Body.safeParse(await c.req.json().catch(() => undefined));
  if (!parsed.success) return refuse(c, 422, 'Validation Failed', [{ code: 'invalid', field: 'content' }]);
  const { reaction, isNew } = addReaction(state, on, bot, parsed.data.content);
  return c.json(toReaction(state, reaction), isNew ? 201 : 200);
}
