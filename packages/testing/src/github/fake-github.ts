import type { Fault } from '../faults.ts';
import type { ApiRequest } from './api.ts';
import type { LineComment } from './conversation.ts';
import type { FakeDelivery, Webhook } from './deliveries.ts';
import type { PullInput } from './pulls.ts';
import type { FileContent } from './repository.ts';
import type {
  ReactionContent,
  Role,
  StoredCheck,
  StoredIssueComment,
  StoredReview,
  StoredReviewComment,
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
  /** The App is removed, put on hold, installed anew, or granted something else; sends `installation`. */
  setInstallation(change: {
    readonly state?: 'installed' | 'suspended' | 'removed';
    readonly permissions?: Readonly<Record<string, 'read' | 'write'>>;
  }): Promise<void>;
  setWebhook(webhook: Webhook | undefined): void;
  createRepo(
    fullName: string,
    options?: {
      readonly collaborators?: Readonly<Record<string, Role>>;
      readonly private?: boolean;
      readonly files?: Files;
      /** Begins as a copy of the main branch of that repository. */
      readonly forkOf?: string;
    },
  ): Promise<void>;
  /** Opens an issue; a pull request whose body says `Fixes #<number>` closes it. Returns its number. */
  issue(
    repo: string,
    input: { readonly title: string; readonly body: string; readonly author: string },
  ): Promise<number>;
  /** Adds a commit to a branch (made from `main` when new); sends `push`, and nothing to pull requests. Returns its id. */
  commit(repo: string, branch: string, files: Files, message?: string, author?: string): Promise<string>;
  /** Resolves with the number once the `opened` webhook was answered. */
  openPullRequest(repo: string, input: PullInput): Promise<number>;
  /** Commits to the head branch; sends `push` and `synchronize`. Returns the new head. */
  push(repo: string, pr: number, files: Files, message?: string): Promise<string>;
  /** The head branch becomes one new commit on the base; sends `push` (forced) and `synchronize`. Returns the new head. */
  forcePush(repo: string, pr: number, files: Files, message?: string): Promise<string>;
  /** Opens a review thread on a line of the diff. Returns the comment's id. */
  reviewComment(repo: string, pr: number, author: string, comment: LineComment): Promise<number>;
  /** Answers in a review thread. Returns the new comment's id. */
  reply(repo: string, pr: number, commentId: number | string, author: string, body: string): Promise<number>;
  issueComment(repo: string, pr: number, author: string, body: string): Promise<number>;
  submitReview(repo: string, pr: number, author: string, body: string, state?: StoredReview['state']): Promise<number>;
  editComment(repo: string, pr: number, commentId: number | string, body: string): Promise<void>;
  deleteComment(repo: string, pr: number, commentId: number | string): Promise<void>;
  /** Puts somebody's emoji on `issue:<id>`, `review:<id>` or a review comment, or takes it off. GitHub tells nobody. */
  setReaction(
    repo: string,
    pr: number,
    reaction: {
      readonly on: string;
      readonly author: string;
      readonly emoji: ReactionContent;
      readonly removed?: boolean;
    },
  ): void;
  /** Somebody closes the thread of a comment, or opens it again. */
  resolveThread(
    repo: string,
    pr: number,
    commentId: number | string,
    author: string,
    resolved?: boolean,
  ): Promise<void>;
  /** First comments of the threads that are closed. */
  resolvedThreads(repo: string, pr: number): readonly number[];
  /** Check runs of a commit, or of the whole repository, oldest first. */
  checks(repo: string, head?: string): readonly StoredCheck[];
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
  /** The next deliveries arrive, but the sender sees a timeout. */
  loseAnswers(count: number): void;
  /** What happens from now on happened at that time; tokens keep to the real one. */
  setClock(clock: () => Date): void;
  /** Every API request, oldest first. */
  readonly requests: readonly ApiRequest[];
  failNext(fault: Fault): void;
  clearFaults(): void;
  /** Resolves when every webhook was sent. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}
