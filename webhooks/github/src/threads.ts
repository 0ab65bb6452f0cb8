import type { CodeHost, PullRequestRef } from '@continuum/contract/ports/code-host';
import type { Octokit } from 'octokit';
import { z } from 'zod';
import type { Clients } from './clients.ts';
import { allNodes, connectionOf, DatabaseId, graphql } from './graphql.ts';
import { ownerAndName } from './names.ts';

const PERMISSION = 'Pull requests: write and Contents: write';

/** Of the threads of a pull request. */
export const THREADS = `query($owner: String!, $repo: String!, $pr: Int!, $cursor: String) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $pr) {
      reviewThreads(first: 100, after: $cursor) {
        pageInfo { hasNextPage endCursor }
        nodes { id isResolved comments(first: 100) { nodes { fullDatabaseId } } }
      }
    }
  }
}`;
/** Of closing a thread. */
export const RESOLVE = `mutation($thread: ID!) {
  resolveReviewThread(input: { threadId: $thread }) { thread { isResolved } }
}`;

const Thread = z.object({
  id: z.string(),
  isResolved: z.boolean(),
  comments: z.object({ nodes: z.array(z.object({ fullDatabaseId: DatabaseId })) }),
});
const Threads = z.object({
  repository: z.object({ pullRequest: z.object({ reviewThreads: connectionOf(Thread) }) }),
});
const Resolved = z.object({ resolveReviewThread: z.object({ thread: z.object({ isResolved: z.boolean() }) }) });

/** Closes the thread that a comment is in; one that is closed already is left alone. */
export async function resolveThread(
  clients: Clients,
  input: Parameters<CodeHost['resolveThread']>[0],
): Promise<boolean> {
  const octokit = await clients.for(input.repo, 'resolve');
  const thread = (await listThreads(octokit, input)).find(({ comments }) =>
    comments.nodes.some(({ fullDatabaseId }) => fullDatabaseId === input.commentId),
  );
  if (thread === undefined || thread.isResolved) return thread !== undefined;
  const call = { query: RESOLVE, variables: { thread: thread.id }, answer: Resolved, permission: PERMISSION };
  return (await graphql(octokit, call)).resolveReviewThread.thread.isResolved;
}

function listThreads(octokit: Octokit, { repo, pr }: PullRequestRef): Promise<z.output<typeof Thread>[]> {
  return allNodes(async (cursor) => {
    const variables = { ...ownerAndName(repo), pr, cursor };
    const answer = await graphql(octokit, { query: THREADS, variables, answer: Threads, permission: PERMISSION });
    return answer.repository.pullRequest.reviewThreads;
  });
}
