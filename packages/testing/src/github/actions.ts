import type { Conversation } from './conversation.ts';
import type { Deliveries } from './deliveries.ts';
import type { FakeGithub, Files } from './fake-github.ts';
import { announceIssue } from './issues.ts';
import type { Pulls } from './pulls.ts';
import { addReaction, reactableAt, removeReaction } from './reactions.ts';
import { createRepository, type GitRepository } from './repository.ts';
import { nextNumber, type RepoState, repoOf, type State, type StoredReviewComment, threadOf } from './state.ts';

/** The parts that people's actions work on. */
export interface World {
  readonly state: State;
  readonly deliveries: Deliveries;
  readonly conversation: Conversation;
  readonly pulls: Pulls;
  readonly folder: string;
}

type RepositoryActions = Pick<FakeGithub, 'createRepo' | 'commit' | 'gitFolder' | 'issue'>;

/** What the owner of a repository does. */
export function repositoryActions({ state, pulls, folder, deliveries }: World): RepositoryActions {
  const write = async (
    repo: RepoState,
    branch: string,
    files: Files,
    message: string,
    author: string,
  ): Promise<string> => {
    const { before, after } = await repo.git.commit({
      branch,
      files,
      message,
      author,
      time: Math.floor(Date.now() / 1000),
    });
    await pulls.announcePush(repo, branch, before, after, author);
    return after;
  };
  return {
    createRepo: async (fullName, options = {}) => {
      const [owner = '', name = ''] = fullName.split('/');
      const git = await createRepository(folder, fullName);
      const roles = new Map(Object.entries(options.collaborators ?? {}));
      const names = { id: state.nextId(), fullName, owner, name, private: options.private ?? false };
      const lists = { collaborators: roles, threads: new Map(), diffs: new Map(), issues: new Map(), checks: [] };
      const repo: RepoState = { ...names, git, ...lists, createdAt: state.now(), forkOf: options.forkOf };
      state.repos.set(fullName, repo);
      if (options.forkOf !== undefined) return copyMain(repoOf(state, options.forkOf).git, git);
      const files = options.files ?? { 'README.md': `# ${name}\n` };
      await write(repo, 'main', files, 'Initial commit', owner);
    },
    issue: async (name, { title, body, author }) => {
      const repo = repoOf(state, name);
      const at = state.now();
      const about = { id: state.nextId(), number: nextNumber(repo), title, body, author };
      const issue = { ...about, state: 'open' as const, at, updatedAt: at, closedAt: null };
      repo.issues.set(issue.number, issue);
      await announceIssue(state, deliveries, repo, issue, 'opened', author);
      return issue.number;
    },
    commit: (repo, branch, files, message = 'Change', author) => {
      const found = repoOf(state, repo);
      return write(found, branch, files, message, author ?? found.owner);
    },
    gitFolder: (repo) => repoOf(state, repo).git.folder,
  };
}

/** A fork begins where its parent's main branch stands. */
async function copyMain(parent: GitRepository, fork: GitRepository): Promise<void> {
  const main = await parent.resolve('refs/heads/main');
  if (main === undefined) return;
  await fork.fetch(parent.folder, main);
  await fork.run('update-ref', 'refs/heads/main', main);
}

type PullActions = Pick<
  FakeGithub,
  'openPullRequest' | 'push' | 'forcePush' | 'markReady' | 'close' | 'reopen' | 'headOf'
>;

/** What the author of a pull request does. */
export function pullActions({ state, pulls }: World): PullActions {
  const find = (repo: string, pr: number) => ({ repo: repoOf(state, repo), thread: threadOf(repoOf(state, repo), pr) });
  const commitTo = async (
    { repo, thread }: ReturnType<typeof find>,
    files: Files,
    message: string,
    onto?: string,
  ): Promise<string> => {
    const { headRef: branch, author, headRepo } = thread.pull;
    const from = repoOf(state, headRepo);
    const time = Math.floor(Date.now() / 1000);
    const anew = onto === undefined ? {} : { onto };
    const { before, after } = await from.git.commit({ branch, files, message, author, time, ...anew });
    await pulls.announcePush(from, branch, before, after, author, onto !== undefined);
    await pulls.synchronize(repo, thread);
    return after;
  };
  return {
    openPullRequest: async (name, input) => (await pulls.open(repoOf(state, name), input)).pull.number,
    push: (name, pr, files, message = 'More work') => commitTo(find(name, pr), files, message),
    forcePush: (name, pr, files, message = 'Once more') => {
      const found = find(name, pr);
      return commitTo(found, files, message, found.thread.pull.baseSha);
    },
    markReady: async (name, pr) => {
      const { repo, thread } = find(name, pr);
      thread.pull.draft = false;
      await pulls.announce(repo, thread, 'ready_for_review', thread.pull.author);
    },
    close: async (name, pr, how = 'closed') => {
      const { repo, thread } = find(name, pr);
      Object.assign(thread.pull, { state: 'closed', merged: how === 'merged', closedAt: state.now() });
      await pulls.announce(repo, thread, 'closed', thread.pull.author);
    },
    reopen: async (name, pr) => {
      const { repo, thread } = find(name, pr);
      Object.assign(thread.pull, { state: 'open', closedAt: null });
      await pulls.announce(repo, thread, 'reopened', thread.pull.author);
    },
    headOf: (name, pr) => find(name, pr).thread.pull.headSha,
  };
}

type ConversationActions = Pick<
  FakeGithub,
  | 'reviewComment'
  | 'reply'
  | 'issueComment'
  | 'submitReview'
  | 'editComment'
  | 'deleteComment'
  | 'setReaction'
  | 'resolveThread'
  | 'resolvedThreads'
  | 'checks'
  | 'reviews'
  | 'reviewComments'
  | 'issueComments'
>;

/** What reviewers and commenters do, and what stands on a pull request. */
export function conversationActions({ state, conversation, deliveries }: World): ConversationActions {
  const find = (repo: string, pr: number) => ({ repo: repoOf(state, repo), thread: threadOf(repoOf(state, repo), pr) });
  const known = (thread: ReturnType<typeof threadOf>, id: number | string): StoredReviewComment => {
    const comment = thread.reviewComments.find((one) => one.id === Number(id));
    if (comment === undefined) throw new Error(`no review comment ${id}`);
    return comment;
  };
  return {
    reviewComment: async (name, pr, author, comment) => {
      const { repo, thread } = find(name, pr);
      const comments = [comment];
      const review = await conversation.submitReview(repo, thread, { author, body: '', state: 'COMMENTED', comments });
      await deliveries.settled();
      return thread.reviewComments.find((one) => one.reviewId === review.id)?.id ?? 0;
    },
    reply: async (name, pr, commentId, author, body) => {
      const { repo, thread } = find(name, pr);
      const reply = await conversation.reply(repo, thread, known(thread, commentId), author, body);
      await deliveries.settled();
      return reply.id;
    },
    issueComment: async (name, pr, author, body) => {
      const { repo, thread } = find(name, pr);
      const comment = conversation.issueComment(repo, thread, author, body);
      await deliveries.settled();
      return comment.id;
    },
    submitReview: async (name, pr, author, body, verdict = 'COMMENTED') => {
      const { repo, thread } = find(name, pr);
      const review = await conversation.submitReview(repo, thread, { author, body, state: verdict, comments: [] });
      await deliveries.settled();
      return review.id;
    },
    editComment: async (name, pr, commentId, body) => {
      const { repo, thread } = find(name, pr);
      const plain = thread.issueComments.find((one) => one.id === Number(commentId));
      if (plain !== undefined) conversation.editIssueComment(repo, thread, plain, plain.author, body);
      else {
        const comment = known(thread, commentId);
        conversation.editReviewComment(repo, thread, comment, comment.author, body);
      }
      await deliveries.settled();
    },
    deleteComment: async (name, pr, commentId) => {
      const { repo, thread } = find(name, pr);
      const comment = known(thread, commentId);
      conversation.deleteReviewComment(repo, thread, comment, comment.author);
      await deliveries.settled();
    },
    setReaction: (name, pr, { on, author, emoji, removed = false }) => {
      const target = reactableAt(find(name, pr).thread, on);
      if (target === undefined) throw new Error(`${name}#${pr} has no comment ${on}`);
      if (removed) removeReaction(target, author, emoji);
      else addReaction(state, target, author, emoji);
    },
    resolveThread: async (name, pr, commentId, author, resolved = true) => {
      const { repo, thread } = find(name, pr);
      const comment = known(thread, commentId);
      const first = comment.inReplyTo === undefined ? comment : known(thread, comment.inReplyTo);
      conversation.settleThread(repo, thread, first, author, resolved);
      await deliveries.settled();
    },
    resolvedThreads: (name, pr) => [...find(name, pr).thread.resolved.keys()],
    checks: (name, head) => repoOf(state, name).checks.filter((check) => head === undefined || check.head === head),
    reviews: (name, pr) => find(name, pr).thread.reviews,
    reviewComments: (name, pr) => find(name, pr).thread.reviewComments,
    issueComments: (name, pr) => find(name, pr).thread.issueComments,
  };
}
