import type { ChangeSet } from '../change-set.ts';
import type { Suggestion } from '../finding.ts';
import type { FindingId } from '../ids.ts';
import type { Permission } from '../learning.ts';
import type { SourceAuthor, Ticket } from '../source.ts';

export interface PullRequestRef {
  readonly repo: string;
  readonly pr: number;
}

export interface PullRequestInfo extends PullRequestRef {
  readonly title: string;
  /** Untrusted text; empty when there is none. */
  readonly body: string;
  readonly author: string;
  readonly draft: boolean;
  readonly state: 'open' | 'closed';
  /** Branch names. */
  readonly baseRef: string;
  readonly headRef: string;
  readonly baseSha: string;
  readonly headSha: string;
  /** The head lies in another repository, or in one that is gone: nobody there is trusted with anything. */
  readonly fork: boolean;
  readonly labels: readonly string[];
}

/**
 * By path, the 1-based lines of the new file that differ; lines that were taken out count at the line that came to stand in
 * their place. A removed file has no lines.
 */
export type ChangedLines = ReadonlyMap<string, ReadonlySet<number>>;

/** Emoji that GitHub takes as reactions, by its own names. */
export const REACTIONS = ['+1', '-1', 'laugh', 'confused', 'heart', 'hooray', 'rocket', 'eyes'] as const;
export type Reaction = (typeof REACTIONS)[number];

/** A place in the code that a check run shows something at. */
export interface Annotation {
  readonly path: string;
  /** 1-based lines of the new file. */
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  /** Plain text. */
  readonly message: string;
}

export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'action_required';

/** An emoji that somebody put on something we wrote. */
export interface GivenReaction {
  /** `externalId` as `publishReview` and `comment` gave it: a number, `issue:<number>` or `review:<number>`. */
  readonly on: string;
  readonly emoji: Reaction;
  readonly author: SourceAuthor;
  /** ISO 8601. */
  readonly at: string;
}

/** A review thread that one of our comments began. */
export interface OwnThread {
  /** `externalId` of its first comment. */
  readonly commentId: string;
  readonly resolved: boolean;
  /** Absent while it is open, and when the account is gone. */
  readonly resolvedBy?: SourceAuthor;
  /** The diff no longer holds its line. */
  readonly outdated: boolean;
}

/** What people say of our comments without a word: the host sends no event for reactions, they are asked for. */
export interface Voices {
  readonly reactions: readonly GivenReaction[];
  readonly threads: readonly OwnThread[];
}

/** What a pull request is for, in its people's words; all of it untrusted text and cut to a bound. */
export interface PullRequestContext {
  readonly title: string;
  readonly body: string;
  /** Messages of its commits, oldest first; the newest ones when there are many. */
  readonly commits: readonly string[];
  /** Issues that it closes. */
  readonly issues: readonly Ticket[];
}

export interface ReviewComment {
  readonly findingId: FindingId;
  readonly path: string;
  /** 1-based line of the new file. */
  readonly line: number;
  readonly startLine?: number;
  readonly body: string;
  readonly suggestion?: Suggestion;
}

export interface PublishedComment {
  readonly findingId: FindingId;
  readonly externalId: string;
  readonly url: string | undefined;
}

/** What every writing call carries. */
export interface Write extends PullRequestRef {
  readonly key: string;
  /** No request is under way any more once it says so. */
  readonly signal?: AbortSignal | undefined;
}

/** GitHub behind its port. Writing calls carry an idempotency key: called twice with one key, the effect happens once. */
export interface CodeHost {
  readonly id: 'github';
  pullRequest(ref: PullRequestRef): Promise<PullRequestInfo>;
  /** Files, hunks and new contents; binary, submodule, huge and unreadable files are named in `skipped`. */
  changeSet(ref: PullRequestRef): Promise<ChangeSet>;
  /**
   * What changed from one head to a later one, whether or not the pull request holds it. Undefined when `since` is no ancestor
   * of `head` (a force push) or the host does not show all of it: then everything counts as changed.
   */
  changedSince(ref: PullRequestRef, since: string, head: string): Promise<ChangedLines | undefined>;
  /** Title, body, commit messages and linked issues. */
  context(ref: PullRequestRef): Promise<PullRequestContext>;
  /** Text of a file at a commit; undefined when there is none, or none that is UTF-8 of at most 1 MB. */
  file(repo: string, path: string, commit: string): Promise<string | undefined>;
  /** Reactions on what we wrote and the state of threads that we began. */
  voices(ref: PullRequestRef): Promise<Voices>;
  /** Cached for some minutes. */
  permission(repo: string, login: string): Promise<Permission>;
  /**
   * One review with inline comments. A comment whose line is not in the diff any more goes to its file, and where that is not
   * in the diff either into the review's body, its `externalId` then `review:<number>`: never lost.
   */
  publishReview(
    input: Write & {
      readonly commit: string;
      readonly body: string;
      readonly comments: readonly ReviewComment[];
    },
  ): Promise<{ readonly externalId: string; readonly comments: readonly PublishedComment[] }>;
  /** The one summary comment of a pull request, created or updated in place. */
  upsertSummary(
    input: Write & { readonly body: string },
  ): Promise<{ readonly externalId: string; readonly url: string | undefined }>;
  /** An answer in a review thread, or a plain comment, its `externalId` `issue:<number>`, when `inReplyTo` is absent or gone. */
  comment(
    input: Write & { readonly body: string; readonly inReplyTo?: string },
  ): Promise<{ readonly externalId: string; readonly url: string | undefined }>;
  /**
   * The one check run "Continuum" of a pull request's head, created or updated in place. Annotations are added to those that
   * stand there already, none of them twice; none can be taken back. Only an App may write checks: CODE_HOST_REJECTED otherwise.
   */
  publishCheck(
    input: Write & {
      readonly head: string;
      readonly status: 'in_progress' | 'completed';
      /** Required when completed. */
      readonly conclusion?: CheckConclusion;
      readonly title: string;
      /** Markdown. */
      readonly summary: string;
      readonly annotations: readonly Annotation[];
    },
  ): Promise<{ readonly externalId: string; readonly url: string | undefined }>;
  /** Closes the review thread that a comment is in. True when it is closed, by us or before; false when the comment is gone. */
  resolveThread(input: Write & { readonly commentId: string }): Promise<boolean>;
  /** Puts an emoji on a comment, once; false when the comment is gone. `commentId` is the bare number. */
  react(
    input: Write & { readonly commentId: string; readonly place: 'issue' | 'review'; readonly emoji: Reaction },
  ): Promise<boolean>;
}
