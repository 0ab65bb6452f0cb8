import type { Conversation } from './conversation.ts';
import type { Deliveries } from './deliveries.ts';
import type { FakeGithub, Files } from './fake-github.ts';
import type { Pulls } from './pulls.ts';
import { createRepository } from './repository.ts';
import { type RepoState, repoOf, type State, type StoredReviewComment, threadOf } from './state.ts';

/** The parts that people's actions work on. */
export interface World {
  readonly state: State;
  readonly deliveries: Deliveries;
  readonly conversation: Conversation;
  readonly pulls: Pulls;
  readonly folder: string;
}

type RepositoryActions = Pick<FakeGithub, 'createRepo' | 'commit' | 'gitFolder'>;

/** What the owner of a repository does. */
export function repositoryActions({ state, pulls, folder }: World): RepositoryActions {
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
      const lists = { collaborators: roles, threads: new Map(), diffs: new Map() };
      const repo: RepoState = { ...names, git, ...lists, createdAt: state.now() };
      state.repos.set(fullName, repo);
      const files = options.files ?? { 'README.md': `# ${name}\n` };
      await write(repo, 'main', files, 'Initial commit', owner);
    },
    commit: (repo, branch, files, message = 'Change', author) => {
      const found = repoOf(state, repo);
      return write(found, branch, files, message, author ?? found.owner);
    },
    gitFolder: (repo) => repoOf(state, repo).git.folder,
  };
}

type PullActions = Pick<FakeGithub, 'openPullRequest' | 'push' | 'markReady' | 'close' | 'reopen' | 'headOf'>;

/** What the author of a pull request does. */
export function pullActions({ state, pulls }: World): PullActions {
  const find = (repo: string, pr: number) => ({ repo: repoOf(state, repo), thread: threadOf(repoOf(state, repo), pr) });
  return {
    openPullRequest: async (name, input) => (await pulls.open(repoOf(state, name), input)).pull.number,
    push: async (name, pr, files, message = 'More work') => {
      const { repo, thread } = find(name, pr);
      const { headRef: branch, author } = thread.pull;
      const time = Math.floor(Date.now() / 1000);
      const { before, after } = await repo.git.commit({ branch, files, message, author, time });
      await pulls.announcePush(repo, branch, before, after, author);
      await pulls.synchronize(repo, thread);
      return after;
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
    reviews: (name, pr) => find(name, pr).thread.reviews,
    reviewComments: (name, pr) => find(name, pr).thread.reviewComments,
    issueComments: (name, pr) => find(name, pr).thread.issueComments,
  };
}
