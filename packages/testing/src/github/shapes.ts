import type { RepoState, State, StoredIssueComment, StoredReview, StoredReviewComment, Thread } from './state.ts';
import { associationOf } from './state.ts';

export type Json = Record<string, unknown>;

const REPO_LINKS: Record<string, string> = {
  forks_url: '/forks',
  keys_url: '/keys{/key_id}',
  collaborators_url: '/collaborators{/collaborator}',
  teams_url: '/teams',
  hooks_url: '/hooks',
  issue_events_url: '/issues/events{/number}',
  events_url: '/events',
  assignees_url: '/assignees{/user}',
  branches_url: '/branches{/branch}',
  tags_url: '/tags',
  blobs_url: '/git/blobs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  git_refs_url: '/git/refs{/sha}',
  trees_url: '/git/trees{/sha}',
  statuses_url: '/statuses/{sha}',
  languages_url: '/languages',
  stargazers_url: '/stargazers',
  contributors_url: '/contributors',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  commits_url: '/commits{/sha}',
  git_commits_url: '/git/commits{/sha}',
  comments_url: '/comments{/number}',
  issue_comment_url: '/issues/comments{/number}',
  contents_url: '/contents/{+path}',
  compare_url: '/compare/{base}...{head}',
  merges_url: '/merges',
  archive_url: '/{archive_format}{/ref}',
  downloads_url: '/downloads',
  issues_url: '/issues{/number}',
  pulls_url: '/pulls{/number}',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  labels_url: '/labels{/name}',
  releases_url: '/releases{/id}',
  deployments_url: '/deployments',
};

const nodeId = (kind: string, id: number): string => Buffer.from(`0:${kind}${id}`).toString('base64');

/** A simple user. */
export function toUser(state: State, login: string): Json {
  const api = `${state.url}/users/${encodeURIComponent(login)}`;
  const bot = login.endsWith('[bot]');
  return {
    login,
    id: state.userId(login),
    node_id: nodeId('User', state.userId(login)),
    avatar_url: `${state.url}/avatars/u/${state.userId(login)}?v=4`,
    gravatar_id: '',
    url: api,
    html_url: bot ? `${state.url}/apps/${login.slice(0, -'[bot]'.length)}` : `${state.url}/${login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: bot ? 'Bot' : 'User',
    site_admin: false,
  };
}

/** A repository, the same in the API and in webhooks. */
export function toRepo(state: State, repo: RepoState): Json {
  const api = `${state.url}/repos/${repo.fullName}`;
  const html = `${state.url}/${repo.fullName}`;
  const links = Object.fromEntries(Object.entries(REPO_LINKS).map(([key, path]) => [key, `${api}${path}`]));
  const open = [...repo.threads.values()].filter(({ pull }) => pull.state === 'open').length;
  return {
    id: repo.id,
    node_id: nodeId('Repository', repo.id),
    name: repo.name,
    full_name: repo.fullName,
    private: repo.private,
    owner: toUser(state, repo.owner),
    html_url: html,
    description: null,
    fork: false,
    url: api,
    ...links,
    created_at: repo.createdAt,
    updated_at: repo.createdAt,
    pushed_at: repo.createdAt,
    git_url: `git://${html.replace(/^https?:\/\//, '')}.git`,
    ssh_url: `git@127.0.0.1:${repo.fullName}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 1,
    ...{ stargazers_count: 0, watchers_count: 0, language: null, has_issues: true, has_projects: true },
    ...{ has_downloads: true, has_wiki: true, has_pages: false, forks_count: 0, mirror_url: null, archived: false },
    ...{ disabled: false, open_issues_count: open, license: null, forks: 0, open_issues: open, watchers: 0 },
    ...{ default_branch: 'main', is_template: false, topics: [], web_commit_signoff_required: false },
    visibility: repo.private ? 'private' : 'public',
    custom_properties: {},
  };
}

/** A comment of the conversation tab. */
export function toIssueComment(state: State, repo: RepoState, pr: number, comment: StoredIssueComment): Json {
  const api = `${state.url}/repos/${repo.fullName}`;
  return {
    url: `${api}/issues/comments/${comment.id}`,
    html_url: `${state.url}/${repo.fullName}/pull/${pr}#issuecomment-${comment.id}`,
    issue_url: `${api}/issues/${pr}`,
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    user: toUser(state, comment.author),
    created_at: comment.at,
    updated_at: comment.updatedAt,
    author_association: associationOf(repo, comment.author),
    body: comment.body,
    reactions: toReactions(`${api}/issues/comments/${comment.id}`),
    performed_via_github_app: null,
  };
}

function toReactions(url: string): Json {
  const none = { total_count: 0, '+1': 0, '-1': 0, laugh: 0, hooray: 0, confused: 0, heart: 0, rocket: 0, eyes: 0 };
  return { url: `${url}/reactions`, ...none };
}

/** A submitted review; `state` is in capitals in the API and in small letters in webhooks. */
export function toReview(
  state: State,
  repo: RepoState,
  pr: number,
  review: StoredReview,
  from: 'api' | 'webhook',
): Json {
  const html = `${state.url}/${repo.fullName}/pull/${pr}#pullrequestreview-${review.id}`;
  const pull = `${state.url}/repos/${repo.fullName}/pulls/${pr}`;
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: toUser(state, review.author),
    // The API says '' where the webhook says null.
    body: from === 'webhook' && review.body === '' ? null : review.body,
    commit_id: review.commitId,
    submitted_at: review.at,
    state: from === 'api' ? review.state : review.state.toLowerCase(),
    html_url: html,
    pull_request_url: pull,
    author_association: associationOf(repo, review.author),
    _links: { html: { href: html }, pull_request: { href: pull } },
  };
}

/** A comment on a line. */
export function toReviewComment(state: State, repo: RepoState, pr: number, comment: StoredReviewComment): Json {
  const api = `${state.url}/repos/${repo.fullName}/pulls/comments/${comment.id}`;
  const html = `${state.url}/${repo.fullName}/pull/${pr}#discussion_r${comment.id}`;
  const pull = `${state.url}/repos/${repo.fullName}/pulls/${pr}`;
  return {
    ...toLegacyReviewComment(state, repo, pr, comment),
    reactions: toReactions(api),
    start_line: comment.line === null ? null : comment.startLine,
    original_start_line: comment.startLine,
    start_side: comment.startLine === null ? null : comment.side,
    line: comment.line,
    original_line: comment.originalLine,
    side: comment.side,
    _links: { self: { href: api }, html: { href: html }, pull_request: { href: pull } },
  };
}

/** The older shape that `GET reviews/{id}/comments` still answers with: positions, no lines. */
export function toLegacyReviewComment(state: State, repo: RepoState, pr: number, comment: StoredReviewComment): Json {
  const api = `${state.url}/repos/${repo.fullName}/pulls/comments/${comment.id}`;
  const html = `${state.url}/${repo.fullName}/pull/${pr}#discussion_r${comment.id}`;
  const pull = `${state.url}/repos/${repo.fullName}/pulls/${pr}`;
  return {
    url: api,
    pull_request_review_id: comment.reviewId,
    id: comment.id,
    node_id: nodeId('PullRequestReviewComment', comment.id),
    diff_hunk: comment.diffHunk,
    path: comment.path,
    position: comment.position,
    original_position: comment.originalPosition,
    commit_id: comment.commitId,
    original_commit_id: comment.commitId,
    ...(comment.inReplyTo === undefined ? {} : { in_reply_to_id: comment.inReplyTo }),
    user: toUser(state, comment.author),
    body: comment.body,
    created_at: comment.at,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pull,
    author_association: associationOf(repo, comment.author),
    _links: { self: { href: api }, html: { href: html }, pull_request: { href: pull } },
  };
}

/** The issue behind a pull request, as `issue_comment` carries it. */
export function toIssue(state: State, repo: RepoState, thread: Thread): Json {
  const { pull } = thread;
  const api = `${state.url}/repos/${repo.fullName}/issues/${pull.number}`;
  const html = `${state.url}/${repo.fullName}/pull/${pull.number}`;
  const pullUrl = `${state.url}/repos/${repo.fullName}/pulls/${pull.number}`;
  return {
    url: api,
    repository_url: `${state.url}/repos/${repo.fullName}`,
    labels_url: `${api}/labels{/name}`,
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    html_url: html,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    number: pull.number,
    title: pull.title,
    user: toUser(state, pull.author),
    ...{ labels: [], state: pull.state, locked: false, assignee: null, assignees: [], milestone: null },
    comments: thread.issueComments.length,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    author_association: associationOf(repo, pull.author),
    active_lock_reason: null,
    body: pull.body,
    reactions: toReactions(api),
    performed_via_github_app: null,
    draft: pull.draft,
    pull_request: {
      url: pullUrl,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: null,
    },
  };
}
