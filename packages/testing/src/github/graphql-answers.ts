import { GraphQLError } from 'graphql';
import type { Scope } from './api-app.ts';
import { threadNodeId } from './comment-shapes.ts';
import type { Conversation } from './conversation.ts';
import { closedBy } from './issues.ts';
import type {
  ReactionContent,
  RepoState,
  State,
  StoredIssue,
  StoredReaction,
  StoredReviewComment,
  Thread,
} from './state.ts';

const CONTENT: Readonly<Record<ReactionContent, string>> = {
  ...{ '+1': 'THUMBS_UP', '-1': 'THUMBS_DOWN', laugh: 'LAUGH', hooray: 'HOORAY', confused: 'CONFUSED' },
  ...{ heart: 'HEART', rocket: 'ROCKET', eyes: 'EYES' },
};
/** GitHub gives no page of more. */
const LARGEST_PAGE = 100;

interface PageArguments {
  readonly first?: number;
  readonly last?: number;
  readonly after?: string;
}

/** A list as a GraphQL connection: `first` or `last` is asked for, as on GitHub; the cursor counts what came before. */
function connection<T, R>(items: readonly T[], shape: (item: T) => R) {
  return ({ first, last, after }: PageArguments) => {
    const size = first ?? last;
    if (size === undefined)
      throw failure('MISSING_PAGINATION_BOUNDARIES', 'You must provide a `first` or `last` value');
    if (size > LARGEST_PAGE)
      throw failure('EXCESSIVE_PAGINATION', `Requesting ${size} records exceeds the limit of 100`);
    const start = first === undefined ? Math.max(0, items.length - size) : cursorIn(after);
    const shown = items.slice(start, start + size);
    const end = start + shown.length;
    const pageInfo = { hasNextPage: end < items.length, endCursor: shown.length === 0 ? null : toCursor(end) };
    return { nodes: shown.map(shape), pageInfo, totalCount: items.length };
  };
}

const toCursor = (count: number): string => Buffer.from(`cursor:${count}`).toString('base64');
const cursorIn = (after: string | undefined | null): number =>
  after === undefined || after === null ? 0 : Number(Buffer.from(after, 'base64').toString().replace('cursor:', ''));

/** An error with GitHub's own `type` at its top level. */
function failure(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

/** An App's login stands here without `[bot]`. */
function toActor(login: string) {
  const isBot = login.endsWith('[bot]');
  return { __typename: isBot ? 'Bot' : 'User', login: login.replace(/\[bot\]$/, '') };
}

interface Said {
  readonly id: number;
  readonly author: string;
  readonly body: string;
  readonly reactions: readonly StoredReaction[];
}

function toSaid({ id, author, body, reactions }: Said) {
  const toReaction = ({ content, at, author: user }: StoredReaction) => ({
    ...{ content: CONTENT[content], createdAt: at, user: user.endsWith('[bot]') ? null : { login: user } },
  });
  return {
    ...{ id: `C_${id}`, fullDatabaseId: String(id), body, author: toActor(author) },
    reactions: connection(reactions, toReaction),
  };
}

function toThread(thread: Thread, first: StoredReviewComment) {
  const by = thread.resolved.get(first.id);
  const inside = thread.reviewComments.filter(({ id, inReplyTo }) => id === first.id || inReplyTo === first.id);
  return {
    ...{ id: threadNodeId(first), isResolved: by !== undefined, path: first.path, line: first.line },
    isOutdated: first.line === null && first.originalLine !== null,
    resolvedBy: by === undefined ? null : { login: by.replace(/\[bot\]$/, '') },
    comments: connection(inside, toSaid),
  };
}

interface Viewer {
  readonly login: string;
  /** Of an installation's token. */
  readonly scope: Scope | undefined;
}

/** What the fake's GraphQL answers from, for the user who asks. */
export function createRoot(state: State, conversation: Conversation, viewer: Viewer) {
  const toIssue = (repo: RepoState) => (issue: StoredIssue) => ({
    ...{ number: issue.number, title: issue.title, body: issue.body, state: issue.state.toUpperCase() },
    ...{ url: `${state.url}/${repo.fullName}/issues/${issue.number}`, repository: { nameWithOwner: repo.fullName } },
  });
  const toPull = async (repo: RepoState, thread: Thread) => {
    const { pull } = thread;
    const firsts = thread.reviewComments.filter(({ inReplyTo }) => inReplyTo === undefined);
    const commits = await repo.git.commits(pull.baseSha, pull.headSha);
    return {
      ...{ id: `PR_${pull.id}`, number: pull.number, title: pull.title, body: pull.body ?? '' },
      author: toActor(pull.author),
      reviewThreads: connection(firsts, (first) => toThread(thread, first)),
      comments: connection(thread.issueComments, toSaid),
      reviews: connection(thread.reviews, toSaid),
      commits: connection(commits, (commit) => ({ commit })),
      closingIssuesReferences: connection(closedBy(state, repo, pull), ({ repo: of, issue }) => toIssue(of)(issue)),
    };
  };
  const settle = (threadId: string, resolved: boolean) => {
    // GitHub lets an App close threads only with both.
    const { contents, pull_requests: pulls } = viewer.scope?.permissions ?? {
      contents: 'write',
      pull_requests: 'write',
    };
    if (contents !== 'write' || pulls !== 'write') throw failure('FORBIDDEN', 'Resource not accessible by integration');
    for (const repo of state.repos.values()) {
      for (const thread of repo.threads.values()) {
        const first = thread.reviewComments.find((comment) => threadNodeId(comment) === threadId);
        if (first === undefined) continue;
        conversation.settleThread(repo, thread, first, viewer.login, resolved);
        return { thread: toThread(thread, first) };
      }
    }
    throw failure('NOT_FOUND', `Could not resolve to a node with the global id of '${threadId}'`);
  };
  return {
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const repo = state.repos.get(`${owner}/${name}`);
      const isReachable = viewer.scope?.repositories?.includes(name) ?? true;
      if (repo === undefined || !isReachable)
        throw failure('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
      const pullRequest = ({ number }: { number: number }) => {
        const thread = repo.threads.get(number);
        if (thread === undefined)
          throw failure('NOT_FOUND', `Could not resolve to a PullRequest with the number of ${number}.`);
        return toPull(repo, thread);
      };
      return { id: `R_${repo.id}`, nameWithOwner: repo.fullName, pullRequest };
    },
    resolveReviewThread: ({ input }: { input: { threadId: string } }) => settle(input.threadId, true),
    unresolveReviewThread: ({ input }: { input: { threadId: string } }) => settle(input.threadId, false),
  };
}
