import type {
  CodeHost,
  GivenReaction,
  OwnThread,
  PullRequestRef,
  Reaction,
  Voices,
} from '@continuum/contract/ports/code-host';
import type { SourceAuthor } from '@continuum/contract/source';
import type { Octokit } from 'octokit';
import { z } from 'zod';
import type { Clients } from './clients.ts';
import { isStatus } from './failures.ts';
import { Actor, allNodes, connectionOf, DatabaseId, graphql } from './graphql.ts';
import { isOurText } from './markers.ts';
import { ownerAndName } from './names.ts';
import { isOurs } from './ownership.ts';

const EMOJI: Readonly<Record<string, Reaction>> = {
  ...{ THUMBS_UP: '+1', THUMBS_DOWN: '-1', LAUGH: 'laugh', CONFUSED: 'confused' },
  ...{ HEART: 'heart', HOORAY: 'hooray', ROCKET: 'rocket', EYES: 'eyes' },
};

const SAID = `fullDatabaseId body author { login __typename }
  reactions(first: 20) { nodes { content createdAt user { login } } }`;
/** The comments of a thread beyond the twentieth, and of a comment the reactions beyond the twentieth, are not looked at. */
const LISTS = {
  reviewThreads: `id isResolved isOutdated resolvedBy { login __typename } comments(first: 20) { nodes { ${SAID} } }`,
  comments: SAID,
  reviews: SAID,
};

const Said = z.object({
  fullDatabaseId: DatabaseId,
  body: z.string(),
  author: Actor,
  reactions: z.object({
    nodes: z.array(z.object({ content: z.string(), createdAt: z.string(), user: Actor })),
  }),
});
type Said = z.output<typeof Said>;
const Thread = z.object({
  isResolved: z.boolean(),
  isOutdated: z.boolean(),
  resolvedBy: Actor,
  comments: z.object({ nodes: z.array(Said) }),
});
type Thread = z.output<typeof Thread>;

/** Reactions on what we wrote and threads that we began, by three GraphQL lists. */
export async function readVoices(clients: Clients, ref: PullRequestRef): Promise<Voices> {
  const octokit = await clients.for(ref.repo);
  const threads = await list(octokit, ref, 'reviewThreads', Thread);
  const places = [
    { prefix: '', said: threads.flatMap(({ comments }) => comments.nodes) },
    { prefix: 'issue:', said: await list(octokit, ref, 'comments', Said) },
    { prefix: 'review:', said: await list(octokit, ref, 'reviews', Said) },
  ];
  const reactions: GivenReaction[] = [];
  for (const { prefix, said } of places) {
    for (const one of said) if (await isOwn(clients, one)) reactions.push(...reactionsOn(one, prefix));
  }
  return { reactions, threads: await ownThreads(clients, threads) };
}

/** Ours by name and by mark: a person's token writes under that person's name. */
async function isOwn(clients: Clients, { body, author }: Said): Promise<boolean> {
  return isOurText(body) && isOurs(clients, author);
}

async function ownThreads(clients: Clients, threads: readonly Thread[]): Promise<OwnThread[]> {
  const own: OwnThread[] = [];
  for (const { comments, isResolved, isOutdated, resolvedBy } of threads) {
    const [first] = comments.nodes;
    if (first === undefined || !(await isOwn(clients, first))) continue;
    const by = isResolved && resolvedBy !== undefined ? { resolvedBy: toAuthor(await known(clients, resolvedBy)) } : {};
    own.push({ commentId: first.fullDatabaseId, resolved: isResolved, outdated: isOutdated, ...by });
  }
  return own;
}

/** GitHub shows whoever closed a thread as a person, our App too, and without its `[bot]`. */
async function known(clients: Clients, actor: NonNullable<Actor>): Promise<NonNullable<Actor>> {
  const self = await clients.self();
  return self === `${actor.login}[bot]` ? { login: self, type: 'Bot' } : actor;
}

function reactionsOn({ fullDatabaseId, reactions }: Said, prefix: string): GivenReaction[] {
  return reactions.nodes.flatMap(({ content, user, createdAt: at }) => {
    const emoji = EMOJI[content];
    if (emoji === undefined || user === undefined) return [];
    return [{ on: `${prefix}${fullDatabaseId}`, emoji, author: toAuthor(user), at }];
  });
}

function toAuthor({ login, type }: NonNullable<Actor>): SourceAuthor {
  return { id: login, name: login, kind: type === 'Bot' ? 'bot' : 'person' };
}

/** The query of one list of a pull request. */
export function queryOf(name: keyof typeof LISTS): string {
  return `query($owner: String!, $repo: String!, $pr: Int!, $cursor: String) {
    repository(owner: $owner, name: $repo) {
      pullRequest(number: $pr) {
        list: ${name}(first: 50, after: $cursor) { pageInfo { hasNextPage endCursor } nodes { ${LISTS[name]} } }
      }
    }
  }`;
}

async function list<S extends z.ZodType>(
  octokit: Octokit,
  { repo, pr }: PullRequestRef,
  name: keyof typeof LISTS,
  node: S,
): Promise<z.output<S>[]> {
  const answer = z.object({
    repository: z.object({ pullRequest: z.object({ list: connectionOf(node) }) }),
  });
  return allNodes(async (cursor) => {
    const variables = { ...ownerAndName(repo), pr, cursor };
    const call = { query: queryOf(name), variables, answer, permission: 'Pull requests: read' };
    return (await graphql(octokit, call)).repository.pullRequest.list;
  });
}

/** Puts an emoji on a comment; GitHub keeps one of a kind for each of its users. */
export async function react(
  clients: Clients,
  { repo, commentId, place, emoji }: Parameters<CodeHost['react']>[0],
): Promise<boolean> {
  const { rest } = await clients.for(repo);
  const put =
    place === 'issue' ? rest.reactions.createForIssueComment : rest.reactions.createForPullRequestReviewComment;
  try {
    await put({ ...ownerAndName(repo), comment_id: Number(commentId), content: emoji });
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}
