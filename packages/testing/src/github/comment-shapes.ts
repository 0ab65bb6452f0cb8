import { type Json, nodeId, toUser } from './shapes.ts';
import {
  associationOf,
  REACTIONS,
  type RepoState,
  type State,
  type StoredIssueComment,
  type StoredReaction,
  type StoredReview,
  type StoredReviewComment,
  type Thread,
} from './state.ts';

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
    reactions: toReactions(`${api}/issues/comments/${comment.id}`, comment.reactions),
    performed_via_github_app: null,
  };
}

function toReactions(url: string, reactions: readonly StoredReaction[] = []): Json {
  const counts = REACTIONS.map((name) => [name, reactions.filter(({ content }) => content === name).length]);
  return { url: `${url}/reactions`, total_count: reactions.length, ...Object.fromEntries(counts) };
}

/** The GraphQL id of the thread that a comment began. */
export function threadNodeId(first: Pick<StoredReviewComment, 'id'>): string {
  return `PRRT_${first.id}`;
}

/** One reaction. */
export function toReaction(state: State, { id, content, author, at }: StoredReaction): Json {
  return { id, node_id: nodeId('Reaction', id), user: toUser(state, author), content, created_at: at };
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
    reactions: toReactions(api, comment.reactions),
    start_line: comment.line === null ? null : comment.startLine,
    original_start_line: comment.startLine,
    start_side: comment.startLine === null ? null : comment.side,
    line: comment.line,
    original_line: comment.originalLine,
    side: comment.side,
    subject_type: comment.originalLine === null ? 'file' : 'line',
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
