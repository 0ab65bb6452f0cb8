import type { PullRequestContext, PullRequestRef } from '@continuum/contract/ports/code-host';
import type { Octokit } from 'octokit';
import { z } from 'zod';
import { isStatus } from './failures.ts';
import { graphql } from './graphql.ts';
import { ownerAndName } from './names.ts';

/** Most characters of each text. */
const LIMITS = { title: 500, body: 20_000, commit: 2000, issue: 10_000 };

/** Of the context of a pull request. */
export const CONTEXT = `query($owner: String!, $repo: String!, $pr: Int!) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $pr) {
      title body
      commits(last: 50) { nodes { commit { message } } }
      closingIssuesReferences(first: 10) { nodes { number title body state url repository { nameWithOwner } } }
    }
  }
}`;

const Issue = z.object({
  number: z.number().int(),
  title: z.string(),
  body: z.string(),
  state: z.string(),
  url: z.string(),
  repository: z.object({ nameWithOwner: z.string() }),
});
const Context = z.object({
  repository: z.object({
    pullRequest: z.object({
      title: z.string(),
      body: z.string(),
      commits: z.object({ nodes: z.array(z.object({ commit: z.object({ message: z.string() }) })) }),
      /** Null, whole or in parts, where we may not read issues. */
      closingIssuesReferences: z.object({ nodes: z.array(Issue.nullable()) }).nullable(),
    }),
  }),
});

/** What a pull request is for; issues that we may not read are left out. */
export async function readContext(octokit: Octokit, { repo, pr }: PullRequestRef): Promise<PullRequestContext> {
  const variables = { ...ownerAndName(repo), pr };
  const permission = 'Pull requests: read';
  const answer = await graphql(octokit, { query: CONTEXT, variables, answer: Context, permission, partial: true });
  const { title, body, commits, closingIssuesReferences: closing } = answer.repository.pullRequest;
  return {
    title: cut(title, LIMITS.title),
    body: cut(body, LIMITS.body),
    commits: commits.nodes.map(({ commit }) => cut(commit.message, LIMITS.commit)),
    issues: (closing?.nodes ?? []).flatMap((issue) => (issue === null ? [] : [toTicket(issue, repo)])),
  };
}

function toTicket({ number, title, body, state, url, repository }: z.output<typeof Issue>, repo: string) {
  const elsewhere = repository.nameWithOwner === repo ? '' : repository.nameWithOwner;
  return {
    key: `${elsewhere}#${number}`,
    title: cut(title, LIMITS.title),
    description: cut(body, LIMITS.issue),
    state: state.toLowerCase(),
    url,
  };
}

/** Never in the middle of a character. */
function cut(text: string, length: number): string {
  return text.length <= length
    ? text
    : text
        .slice(0, length)
        .toWellFormed()
        .replace(/\uFFFD$/, '');
}

const File = z.object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string() });

/** Text of a file at a commit; beyond 1 MB GitHub gives no content. */
export async function readText(
  octokit: Octokit,
  repo: string,
  path: string,
  commit: string,
): Promise<string | undefined> {
  try {
    const { data } = await octokit.rest.repos.getContent({ ...ownerAndName(repo), path, ref: commit });
    const file = File.safeParse(data).data;
    if (file === undefined) return undefined;
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(Buffer.from(file.content, 'base64'));
  } catch (error) {
    if (isStatus(error, 404) || error instanceof TypeError) return undefined;
    throw error;
  }
}
