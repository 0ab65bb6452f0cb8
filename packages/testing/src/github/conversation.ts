import { type FileChange, listChanges, locate } from './changes.ts';
import { threadNodeId, toIssue, toIssueComment, toReview, toReviewComment } from './comment-shapes.ts';
import type { Deliveries } from './deliveries.ts';
import { toSimplePull } from './pull-shape.ts';
import { type Json, toRepo, toUser } from './shapes.ts';
import type { RepoState, State, StoredIssueComment, StoredReview, StoredReviewComment, Thread } from './state.ts';

/** What every webhook carries besides its own fields. */
export const INSTALLATION_ID = 2_311_213;

/** A comment on a line that is asked for. */
export interface LineComment {
  readonly path: string;
  /** Absent for a comment about the whole file. */
  readonly line?: number | undefined;
  readonly startLine?: number | undefined;
  readonly side?: 'LEFT' | 'RIGHT' | undefined;
  readonly body: string;
}

export interface Conversation {
  /** The files of a pull request between its base and its present head. */
  changes(repo: RepoState, thread: Thread): Promise<FileChange[]>;
  /** Why GitHub would refuse a comment (the text of its 422), or undefined when the line is in the diff. */
  refusal(repo: RepoState, thread: Thread, comment: LineComment): Promise<string | undefined>;
  submitReview(
    repo: RepoState,
    thread: Thread,
    review: { author: string; body: string; state: StoredReview['state']; comments: readonly LineComment[] },
  ): Promise<StoredReview>;
  reply(
    repo: RepoState,
    thread: Thread,
    to: StoredReviewComment,
    author: string,
    body: string,
  ): Promise<StoredReviewComment>;
  issueComment(repo: RepoState, thread: Thread, author: string, body: string): StoredIssueComment;
  editIssueComment(repo: RepoState, thread: Thread, comment: StoredIssueComment, by: string, body: string): void;
  editReviewComment(repo: RepoState, thread: Thread, comment: StoredReviewComment, by: string, body: string): void;
  deleteReviewComment(repo: RepoState, thread: Thread, comment: StoredReviewComment, by: string): void;
  /** Closes a review thread, or opens it again; tells nobody when it stands so already. */
  settleThread(repo: RepoState, thread: Thread, first: StoredReviewComment, by: string, resolved: boolean): void;
}

/** Fields that end every webhook of a repository. */
export function envelope(state: State, repo: RepoState, sender: string): Json {
  return {
    repository: toRepo(state, repo),
    installation: { id: INSTALLATION_ID, node_id: 'MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uMjMxMTIxMw==' },
    sender: toUser(state, sender),
  };
}

/** Reviews, comments and the webhooks they cause, whoever writes them. */
export function createConversation(state: State, deliveries: Deliveries): Conversation {
  const changes = (repo: RepoState, { pull }: Thread): Promise<FileChange[]> => {
    const key = `${pull.baseSha}...${pull.headSha}`;
    const known = repo.diffs.get(key) ?? listChanges(repo.git, pull.baseSha, pull.headSha);
    repo.diffs.set(key, known);
    return known;
  };
  const announce = (repo: RepoState, thread: Thread, event: string, sender: string, fields: Json): void => {
    const pull = { pull_request: toSimplePull(state, repo, thread.pull) };
    void deliveries.send(event, { ...fields, ...pull, ...envelope(state, repo, sender) });
  };
  const announceComment = (
    repo: RepoState,
    thread: Thread,
    comment: StoredReviewComment,
    action: string,
    by: string,
    extra: Json = {},
  ): void => {
    const shape = toReviewComment(state, repo, thread.pull.number, comment);
    announce(repo, thread, 'pull_request_review_comment', by, { action, comment: shape, ...extra });
  };
  const announceIssueComment = (
    repo: RepoState,
    thread: Thread,
    comment: StoredIssueComment,
    action: string,
    by: string,
    extra: Json = {},
  ): void => {
    const shape = toIssueComment(state, repo, thread.pull.number, comment);
    const issue = toIssue(state, repo, thread);
    void deliveries.send('issue_comment', { action, issue, comment: shape, ...extra, ...envelope(state, repo, by) });
  };
  const addReview = (
    repo: RepoState,
    thread: Thread,
    author: string,
    body: string,
    verdict: StoredReview['state'],
  ): StoredReview => {
    const review = {
      id: state.nextId(),
      author,
      body,
      state: verdict,
      commitId: thread.pull.headSha,
      at: state.now(),
      reactions: [],
    };
    thread.reviews.push(review);
    const shape = toReview(state, repo, thread.pull.number, review, 'webhook');
    announce(repo, thread, 'pull_request_review', author, { action: 'submitted', review: shape });
    return review;
  };

  return {
    changes,
    refusal: async (repo, thread, comment) => refuse(await changes(repo, thread), comment),
    submitReview: async (repo, thread, { author, body, state: verdict, comments }) => {
      const files = await changes(repo, thread);
      const review = addReview(repo, thread, author, body, verdict);
      for (const wanted of comments) {
        const comment = toStored(state, thread, review, author, wanted, files);
        thread.reviewComments.push(comment);
        announceComment(repo, thread, comment, 'created', author);
      }
      return review;
    },
    reply: async (repo, thread, to, author, body) => {
      // GitHub files every single answer under a review of its own with an empty body.
      const review = addReview(repo, thread, author, '', 'COMMENTED');
      const now = state.now();
      const ids = { id: state.nextId(), reviewId: review.id, inReplyTo: to.inReplyTo ?? to.id };
      const comment = { ...to, ...ids, author, body, at: now, updatedAt: now, reactions: [] };
      thread.reviewComments.push(comment);
      announceComment(repo, thread, comment, 'created', author);
      return comment;
    },
    issueComment: (repo, thread, author, body) => {
      const now = state.now();
      const comment = { id: state.nextId(), author, body, at: now, updatedAt: now, reactions: [] };
      thread.issueComments.push(comment);
      announceIssueComment(repo, thread, comment, 'created', author);
      return comment;
    },
    editIssueComment: (repo, thread, comment, by, body) => {
      const changed = { changes: { body: { from: comment.body } } };
      comment.body = body;
      comment.updatedAt = state.now();
      announceIssueComment(repo, thread, comment, 'edited', by, changed);
    },
    editReviewComment: (repo, thread, comment, by, body) => {
      const changed = { changes: { body: { from: comment.body } } };
      comment.body = body;
      comment.updatedAt = state.now();
      announceComment(repo, thread, comment, 'edited', by, changed);
    },
    settleThread: (repo, thread, first, by, resolved) => {
      if (thread.resolved.has(first.id) === resolved) return;
      if (resolved) thread.resolved.set(first.id, by);
      else thread.resolved.delete(first.id);
      const { number } = thread.pull;
      const inside = thread.reviewComments.filter(({ id, inReplyTo }) => id === first.id || inReplyTo === first.id);
      const comments = inside.map((comment) => toReviewComment(state, repo, number, comment));
      const shape = { node_id: threadNodeId(first), comments };
      const action = resolved ? 'resolved' : 'unresolved';
      announce(repo, thread, 'pull_request_review_thread', by, { action, thread: shape, updated_at: state.now() });
    },
    deleteReviewComment: (repo, thread, comment, by) => {
      thread.reviewComments.splice(thread.reviewComments.indexOf(comment), 1);
      announceComment(repo, thread, comment, 'deleted', by);
    },
  };
}

function refuse(files: readonly FileChange[], comment: LineComment): string | undefined {
  const file = files.find((change) => change.path === comment.path);
  if (file === undefined) return 'Path could not be resolved';
  if (comment.line === undefined) return undefined;
  const end = locate(file.patch ?? '', comment.line, comment.side);
  if (end === undefined) return 'Line could not be resolved';
  if (comment.startLine === undefined) return undefined;
  if (comment.startLine >= comment.line) return 'Start line must precede the end line.';
  const start = locate(file.patch ?? '', comment.startLine, comment.side);
  return start?.hunk === end.hunk ? undefined : 'Start line must be part of the same hunk as the line.';
}

function toStored(
  state: State,
  thread: Thread,
  review: StoredReview,
  author: string,
  wanted: LineComment,
  files: readonly FileChange[],
): StoredReviewComment {
  const patch = files.find((change) => change.path === wanted.path)?.patch ?? '';
  const line = wanted.line ?? null;
  const place = line === null ? { position: null, diffHunk: '' } : locate(patch, line, wanted.side);
  if (place === undefined) throw new Error(`${wanted.path}:${line} is not in the diff`);
  return {
    id: state.nextId(),
    reviewId: review.id,
    inReplyTo: undefined,
    author,
    body: wanted.body,
    path: wanted.path,
    line,
    originalLine: line,
    startLine: wanted.startLine ?? null,
    side: wanted.side ?? 'RIGHT',
    position: place.position,
    originalPosition: place.position,
    diffHunk: place.diffHunk,
    commitId: thread.pull.headSha,
    at: review.at,
    updatedAt: review.at,
    reactions: [],
  };
}

/** After a push: comments whose line left the diff become outdated, as on GitHub. */
export function markOutdated(thread: Thread, files: readonly FileChange[]): void {
  for (const comment of thread.reviewComments) {
    const patch = files.find((change) => change.path === comment.path)?.patch ?? '';
    if (comment.originalLine === null) continue;
    if (locate(patch, comment.originalLine, comment.side)?.diffHunk === comment.diffHunk) continue;
    comment.line = null;
    comment.position = null;
  }
}
