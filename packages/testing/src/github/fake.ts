import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { type ApiRequest, createApi } from './api.ts';
import { createAppAuth } from './api-app.ts';
import { type Conversation, createConversation, type LineComment } from './conversation.ts';
import { createDeliveries, type Deliveries, type FakeDelivery, type Webhook } from './deliveries.ts';
import { createFaults, type Fault } from './faults.ts';
import { createPulls, type PullInput, type Pulls } from './pulls.ts';
import { createRepository, type FileContent } from './repository.ts';
import {
  createState,
  type RepoState,
  type Role,
  repoOf,
  type State,
  type StoredIssueComment,
  type StoredReview,
  type StoredReviewComment,
  threadOf,
} from './state.ts';

export interface FakeGithubOptions {
  /** Default 0: any free port of 127.0.0.1. */
  readonly port?: number;
  readonly webhook?: Webhook;
}

export type Files = Readonly<Record<string, FileContent>>;

/** A GitHub that stands on real git repositories. What people do is a method; what the system does goes through its REST API. */
export interface FakeGithub {
  /** For `GITHUB_API_URL`. */
  readonly url: string;
  /** For `GITHUB_TOKEN`: writes as `bot`. */
  readonly token: string;
  /** `continuum[bot]`. */
  readonly bot: string;
  /** For `GITHUB_APP_ID` and `GITHUB_APP_PRIVATE_KEY`. */
  app(): { readonly id: string; readonly privateKey: string };
  setWebhook(webhook: Webhook | undefined): void;
  createRepo(
    fullName: string,
    options?: {
      readonly collaborators?: Readonly<Record<string, Role>>;
      readonly private?: boolean;
      readonly files?: Files;
    },
  ): Promise<void>;
  /** Adds a commit to a branch (made from `main` when new); sends `push`, and nothing to pull requests. Returns its id. */
  commit(repo: string, branch: string, files: Files, message?: string, author?: string): Promise<string>;
  /** Resolves with the number once the `opened` webhook was answered. */
  openPullRequest(repo: string, input: PullInput): Promise<number>;
  /** Commits to the head branch; sends `push` and `synchronize`. Returns the new head. */
  push(repo: string, pr: number, files: Files, message?: string): Promise<string>;
  /** Opens a review thread on a line of the diff. Returns the comment's id. */
  reviewComment(repo: string, pr: number, author: string, comment: LineComment): Promise<number>;
  /** Answers in a review thread. Returns the new comment's id. */
  reply(repo: string, pr: number, commentId: number | string, author: string, body: string): Promise<number>;
  issueComment(repo: string, pr: number, author: string, body: string): Promise<number>;
  submitReview(repo: string, pr: number, author: string, body: string, state?: StoredReview['state']): Promise<number>;
  editComment(repo: string, pr: number, commentId: number | string, body: string): Promise<void>;
  deleteComment(repo: string, pr: number, commentId: number | string): Promise<void>;
  markReady(repo: string, pr: number): Promise<void>;
  close(repo: string, pr: number, how?: 'merged' | 'closed'): Promise<void>;
  reopen(repo: string, pr: number): Promise<void>;
  /** What stands on a pull request now. */
  reviews(repo: string, pr: number): readonly StoredReview[];
  reviewComments(repo: string, pr: number): readonly StoredReviewComment[];
  issueComments(repo: string, pr: number): readonly StoredIssueComment[];
  headOf(repo: string, pr: number): string;
  /** Folder of the bare repository. */
  gitFolder(repo: string): string;
  readonly deliveries: readonly FakeDelivery[];
  redeliver(deliveryId: string): Promise<FakeDelivery>;
  /** Every API request, oldest first. */
  readonly requests: readonly ApiRequest[];
  failNext(fault: Fault): void;
  clearFaults(): void;
  /** Resolves when every webhook was sent. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

interface World {
  readonly state: State;
  readonly deliveries: Deliveries;
  readonly conversation: Conversation;
  readonly pulls: Pulls;
  readonly folder: string;
}

const BOT = 'continuum[bot]';
const TOKEN = 'ghs_fake0000000000000000000000000000000000';

/** Starts it on loopback with nothing in it. Stop it with `stop()`, which also removes its folder. */
export async function startFakeGithub(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  const folder = await mkdtemp(join(tmpdir(), 'fake-github-'));
  const state = createState();
  const deliveries = createDeliveries(options.webhook);
  const conversation = createConversation(state, deliveries);
  const pulls = createPulls(state, deliveries, conversation);
  const world: World = { state, deliveries, conversation, pulls, folder };
  const faults = createFaults();
  const requests: ApiRequest[] = [];
  const auth = createAppAuth('424242');
  const api = createApi({ state, conversation, faults, requests, bot: BOT, token: TOKEN, auth });
  const server = await listen(api.fetch, options.port ?? 0, state);
  return {
    url: state.url,
    token: TOKEN,
    bot: BOT,
    app: () => ({ id: auth.id, privateKey: auth.privateKey() }),
    ...repositoryActions(world),
    ...pullActions(world),
    ...conversationActions(world),
    deliveries: deliveries.log,
    setWebhook: deliveries.setWebhook,
    redeliver: deliveries.redeliver,
    requests,
    failNext: faults.add,
    clearFaults: faults.clear,
    settled: deliveries.settled,
    stop: async () => {
      await deliveries.settled();
      await server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function listen(
  fetch: ReturnType<typeof createApi>['fetch'],
  port: number,
  state: State,
): Promise<{ close(): Promise<void> }> {
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const starting = serve({ fetch, port, hostname: '127.0.0.1' }, (info: AddressInfo) => {
      state.url = `http://127.0.0.1:${info.port}`;
      resolve(starting);
    });
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

type RepositoryActions = Pick<FakeGithub, 'createRepo' | 'commit' | 'gitFolder'>;

function repositoryActions({ state, pulls, folder }: World): RepositoryActions {
  const write = async (
    repo: RepoState,
    branch: string,
    files: Files,
    message: string,
    author: string,
  ): Promise<string> => {
    const before = await repo.git.resolve(`refs/heads/${branch}`);
    const after = await repo.git.commit({ branch, files, message, author, time: Math.floor(Date.now() / 1000) });
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

function pullActions({ state, pulls }: World): PullActions {
  const find = (repo: string, pr: number) => ({ repo: repoOf(state, repo), thread: threadOf(repoOf(state, repo), pr) });
  return {
    openPullRequest: async (name, input) => (await pulls.open(repoOf(state, name), input)).pull.number,
    push: async (name, pr, files, message = 'More work') => {
      const { repo, thread } = find(name, pr);
      const { headRef: branch, headSha: before, author } = thread.pull;
      const time = Math.floor(Date.now() / 1000);
      const after = await repo.git.commit({ branch, files, message, author, time });
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

function conversationActions({ state, conversation, deliveries }: World): ConversationActions {
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
