import type { FileChange } from './changes.ts';
import { type Json, toRepo, toUser } from './shapes.ts';
import { associationOf, type Pull, type RepoState, repoOf, type State, type Thread } from './state.ts';

const NOBODY = { assignee: null, assignees: [], requested_reviewers: [], requested_teams: [] };

/** A pull request as reviews and their comments carry it in webhooks: without the numbers. */
export function toSimplePull(state: State, repo: RepoState, pull: Pull): Json {
  const api = `${state.url}/repos/${repo.fullName}`;
  const html = `${state.url}/${repo.fullName}/pull/${pull.number}`;
  const links = toLinks(api, html, pull);
  return {
    url: links.self,
    id: pull.id,
    node_id: Buffer.from(`0:PullRequest${pull.id}`).toString('base64'),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: links.issue,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: toUser(state, pull.author),
    body: pull.body,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.merged ? pull.closedAt : null,
    merge_commit_sha: null,
    ...NOBODY,
    labels: pull.labels.map((name, nth) => toLabel(api, name, nth)),
    milestone: null,
    commits_url: links.commits,
    review_comments_url: links.review_comments,
    review_comment_url: links.review_comment,
    comments_url: links.comments,
    statuses_url: links.statuses,
    head: toEnd(state, repoOf(state, pull.headRepo), pull.headRef, pull.headSha),
    base: toEnd(state, repo, pull.baseRef, pull.baseSha),
    _links: Object.fromEntries(Object.entries(links).map(([name, href]) => [name, { href }])),
    author_association: associationOf(repo, pull.author),
    auto_merge: null,
    active_lock_reason: null,
    draft: pull.draft,
  };
}

/** The whole pull request, as `GET pulls/{n}` and `pull_request` webhooks carry it. */
export function toPull(state: State, repo: RepoState, thread: Thread, changes: readonly FileChange[]): Json {
  const { pull } = thread;
  return {
    ...toSimplePull(state, repo, pull),
    merged: pull.merged,
    mergeable: pull.state === 'open' ? true : null,
    rebaseable: pull.state === 'open' ? true : null,
    mergeable_state: pull.draft ? 'draft' : 'clean',
    merged_by: pull.merged ? toUser(state, repo.owner) : null,
    comments: thread.issueComments.length,
    review_comments: thread.reviewComments.length,
    maintainer_can_modify: false,
    commits: 1,
    additions: changes.reduce((sum, change) => sum + change.additions, 0),
    deletions: changes.reduce((sum, change) => sum + change.deletions, 0),
    changed_files: changes.length,
  };
}

function toLabel(api: string, name: string, nth: number): Json {
  const url = `${api}/labels/${encodeURIComponent(name)}`;
  return { id: 700 + nth, node_id: `LA_${nth}`, url, name, color: 'ededed', default: false, description: null };
}

function toLinks(api: string, html: string, pull: Pull): Record<string, string> {
  return {
    self: `${api}/pulls/${pull.number}`,
    html,
    issue: `${api}/issues/${pull.number}`,
    comments: `${api}/issues/${pull.number}/comments`,
    review_comments: `${api}/pulls/${pull.number}/comments`,
    review_comment: `${api}/pulls/comments{/number}`,
    commits: `${api}/pulls/${pull.number}/commits`,
    statuses: `${api}/statuses/${pull.headSha}`,
  };
}

function toEnd(state: State, repo: RepoState, ref: string, sha: string): Json {
  return { label: `${repo.owner}:${ref}`, ref, sha, user: toUser(state, repo.owner), repo: toRepo(state, repo) };
}

/** One entry of `GET pulls/{n}/files`; `patch` is left out where GitHub leaves it out. */
export function toFile(state: State, repo: RepoState, pull: Pick<Pull, 'headSha'>, change: FileChange): Json {
  const path = change.path.split('/').map(encodeURIComponent).join('/');
  const html = `${state.url}/${repo.fullName}`;
  return {
    sha: change.sha,
    filename: change.path,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${html}/blob/${pull.headSha}/${path}`,
    raw_url: `${html}/raw/${pull.headSha}/${path}`,
    contents_url: `${state.url}/repos/${repo.fullName}/contents/${path}?ref=${pull.headSha}`,
    ...(change.patch === undefined ? {} : { patch: change.patch }),
    ...(change.previousPath === undefined ? {} : { previous_filename: change.previousPath }),
  };
}
