import type { RepoState, State } from './state.ts';

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

/** A GraphQL id in GitHub's older form. */
export const nodeId = (kind: string, id: number): string => Buffer.from(`0:${kind}${id}`).toString('base64');

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
    fork: repo.forkOf !== undefined,
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
