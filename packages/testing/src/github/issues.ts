import type { Hono } from 'hono';
import { type Env, refuse, repoAt } from './answers.ts';
import { envelope } from './conversation.ts';
import type { Deliveries } from './deliveries.ts';
import { type Json, nodeId, toUser } from './shapes.ts';
import { associationOf, type Pull, type RepoState, type State, type StoredIssue } from './state.ts';

/** GitHub's closing keywords, before `#12` or `owner/repo#12`. */
const CLOSES = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+([\w.-]+\/[\w.-]+)?#(\d+)/gi;

/** The issues that a pull request says it closes. */
export function closedBy(
  state: State,
  repo: RepoState,
  pull: Pull,
): { readonly repo: RepoState; readonly issue: StoredIssue }[] {
  return [...(pull.body ?? '').matchAll(CLOSES)].flatMap(([, elsewhere, number]) => {
    const of = elsewhere === undefined ? repo : state.repos.get(elsewhere);
    const issue = of?.issues.get(Number(number));
    return of === undefined || issue === undefined ? [] : [{ repo: of, issue }];
  });
}

/** An issue as the API and webhooks show it. */
export function toIssue(state: State, repo: RepoState, issue: StoredIssue): Json {
  const api = `${state.url}/repos/${repo.fullName}/issues/${issue.number}`;
  return {
    url: api,
    repository_url: `${state.url}/repos/${repo.fullName}`,
    labels_url: `${api}/labels{/name}`,
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    html_url: `${state.url}/${repo.fullName}/issues/${issue.number}`,
    id: issue.id,
    node_id: nodeId('Issue', issue.id),
    number: issue.number,
    title: issue.title,
    user: toUser(state, issue.author),
    ...{ labels: [], state: issue.state, locked: false, assignee: null, assignees: [], milestone: null, comments: 0 },
    created_at: issue.at,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: associationOf(repo, issue.author),
    body: issue.body,
  };
}

/** The `issues` webhook. */
export async function announceIssue(
  state: State,
  deliveries: Deliveries,
  repo: RepoState,
  issue: StoredIssue,
  action: string,
  by: string,
): Promise<void> {
  await deliveries.send('issues', { action, issue: toIssue(state, repo, issue), ...envelope(state, repo, by) });
}

/** Reading issues. */
export function addIssues(app: Hono<Env>, state: State): void {
  app.get('/repos/:owner/:repo/issues/:n', (c) => {
    const repo = repoAt(c, state);
    const issue = repo?.issues.get(Number(c.req.param('n')));
    if (repo === undefined || issue === undefined) return refuse(c, 404, 'Not Found');
    return c.json(toIssue(state, repo, issue));
  });
}
