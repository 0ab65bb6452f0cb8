import type { FileChange } from './changes.ts';
import type { GitRepository } from './repository.ts';

export type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read';

export interface Pull {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string | null;
  readonly author: string;
  draft: boolean;
  state: 'open' | 'closed';
  merged: boolean;
  /** `owner/name` of the repository that the head lies in. */
  readonly headRepo: string;
  readonly labels: string[];
  readonly baseRef: string;
  readonly headRef: string;
  baseSha: string;
  headSha: string;
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
}

/** GitHub's eight reactions. */
export const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] as const;
export type ReactionContent = (typeof REACTIONS)[number];

export interface StoredReaction {
  readonly id: number;
  readonly content: ReactionContent;
  readonly author: string;
  readonly at: string;
}

export interface StoredReview {
  readonly id: number;
  readonly author: string;
  readonly body: string;
  readonly state: 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED';
  readonly commitId: string;
  readonly at: string;
  readonly reactions: StoredReaction[];
}

export interface StoredReviewComment {
  readonly id: number;
  readonly reviewId: number;
  readonly inReplyTo: number | undefined;
  readonly author: string;
  body: string;
  readonly path: string;
  /** Null once the diff no longer holds the line (GitHub: outdated). */
  line: number | null;
  /** Null on a comment about the whole file. */
  readonly originalLine: number | null;
  readonly startLine: number | null;
  readonly side: 'LEFT' | 'RIGHT';
  position: number | null;
  readonly originalPosition: number | null;
  readonly diffHunk: string;
  readonly commitId: string;
  readonly at: string;
  updatedAt: string;
  readonly reactions: StoredReaction[];
}

export interface StoredIssueComment {
  readonly id: number;
  readonly author: string;
  body: string;
  readonly at: string;
  updatedAt: string;
  readonly reactions: StoredReaction[];
}

export interface StoredIssue {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string;
  readonly author: string;
  state: 'open' | 'closed';
  readonly at: string;
  updatedAt: string;
  closedAt: string | null;
}

export interface StoredAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly annotation_level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title: string | null;
  readonly raw_details: string | null;
}

/** A check run of a commit. */
export interface StoredCheck {
  readonly id: number;
  readonly name: string;
  readonly head: string;
  /** Slug of the App that made it. */
  readonly app: string;
  externalId: string;
  detailsUrl: string | null;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  readonly startedAt: string;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
  readonly annotations: StoredAnnotation[];
}

export interface Thread {
  readonly pull: Pull;
  readonly reviews: StoredReview[];
  readonly reviewComments: StoredReviewComment[];
  readonly issueComments: StoredIssueComment[];
  /** Who closed which thread, by its first comment. */
  readonly resolved: Map<number, string>;
}

export interface RepoState {
  readonly id: number;
  /** `owner/name`. */
  readonly fullName: string;
  readonly owner: string;
  readonly name: string;
  readonly private: boolean;
  readonly git: GitRepository;
  readonly collaborators: Map<string, Role>;
  readonly threads: Map<number, Thread>;
  readonly issues: Map<number, StoredIssue>;
  readonly checks: StoredCheck[];
  /** The repository that this one was forked from. */
  readonly forkOf: string | undefined;
  readonly diffs: Map<string, Promise<FileChange[]>>;
  readonly createdAt: string;
}

/** Everything the fake knows besides the git repositories. */
export interface State {
  readonly repos: Map<string, RepoState>;
  /** `http://127.0.0.1:<port>`, set once the server listens. */
  url: string;
  /** A number never handed out before. */
  nextId(): number;
  /** A stable id for a login. */
  userId(login: string): number;
  /** What time it is in this world. */
  clock: () => Date;
  /** ISO 8601 without fractions, as GitHub writes it. */
  now(): string;
}

/** An empty world. */
export function createState(): State {
  const users = new Map<string, number>();
  let last = 1_000_000;
  const state: State = {
    repos: new Map(),
    url: '',
    nextId: () => {
      last += 1;
      return last;
    },
    userId: (login) => {
      const known = users.get(login) ?? 5_000 + users.size;
      users.set(login, known);
      return known;
    },
    clock: () => new Date(),
    now: () => `${state.clock().toISOString().slice(0, 19)}Z`,
  };
  return state;
}

/** The repository of a name. Throws when there is none. */
export function repoOf(state: State, fullName: string): RepoState {
  const repo = state.repos.get(fullName);
  if (repo === undefined) throw new Error(`the fake GitHub has no repository ${fullName}`);
  return repo;
}

/** The pull request of a number with its comments. Throws when there is none. */
export function threadOf(repo: RepoState, pr: number): Thread {
  const thread = repo.threads.get(pr);
  if (thread === undefined) throw new Error(`${repo.fullName} has no pull request ${pr}`);
  return thread;
}

/** `author_association` of a login in a repository. */
export function associationOf(repo: RepoState, login: string): string {
  if (repo.owner === login) return 'OWNER';
  return repo.collaborators.has(login) ? 'COLLABORATOR' : 'NONE';
}

/** Issues and pull requests of a repository are numbered together. */
export function nextNumber(repo: RepoState): number {
  return repo.threads.size + repo.issues.size + 1;
}
