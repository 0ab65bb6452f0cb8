import type { ChangeSet } from '../change-set.ts';
import type { Suggestion } from '../finding.ts';
import type { FindingId } from '../ids.ts';
import type { Permission } from '../learning.ts';

export interface PullRequestRef {
  readonly repo: string;
  readonly pr: number;
}

export interface PullRequestInfo extends PullRequestRef {
  readonly title: string;
  readonly author: string;
  readonly draft: boolean;
  readonly state: 'open' | 'closed';
  readonly baseSha: string;
  readonly headSha: string;
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
  /** Cached for some minutes. */
  permission(repo: string, login: string): Promise<Permission>;
  /** One review with inline comments; a comment whose line is not in the diff goes into the review's body, never lost. */
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
}
