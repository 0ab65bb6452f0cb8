import { RepoName } from '@continuum/contract/change-set';
import { ContinuumError } from '@continuum/contract/errors';
import { z } from 'zod';

const Sha = z.string().regex(/^[0-9a-f]{40,64}$/);
const Repository = z.object({ full_name: RepoName });
const Number_ = z.number().int().positive();

const PullRequest = z.object({
  repository: Repository,
  pull_request: z.object({
    number: Number_,
    title: z.string(),
    base: z.object({ sha: Sha, ref: z.string().min(1) }),
    /** The repository of a deleted fork is null. */
    head: z.object({ sha: Sha, repo: Repository.nullable() }),
  }),
});
const IssueComment = z.object({
  repository: Repository,
  issue: z.object({ number: Number_, pull_request: z.object({}).nullish() }),
});
const Push = z.object({ repository: Repository, before: Sha, after: Sha, deleted: z.boolean().default(false) });

/** What is to be reviewed, as far as the event says it. */
export type Subject =
  | {
      readonly kind: 'pull-request';
      readonly repo: string;
      readonly pr: number;
      readonly title: string;
      readonly base: string;
      /** Branch that it goes into. */
      readonly baseRef: string;
      readonly head: string;
      /** The code comes from another repository: no secrets are here, and nothing is posted. */
      readonly fork: boolean;
    }
  /** A comment on a pull request: what the pull request is now has to be asked. */
  | { readonly kind: 'comment'; readonly repo: string; readonly pr: number }
  | { readonly kind: 'push'; readonly repo: string; readonly base: string; readonly head: string };

/**
 * The subject of an event; undefined for one that asks for no review (a comment on a plain issue, a new or deleted branch).
 * Throws INVALID_INPUT for an event that is not reviewed, FORBIDDEN for `pull_request_target`, which gives a stranger's code a
 * token that may write.
 */
export function subjectOf(name: string, payload: unknown): Subject | undefined {
  if (name === 'pull_request' || name === 'pull_request_review_comment')
    return ofPullRequest(read(PullRequest, payload));
  if (name === 'issue_comment') return ofComment(read(IssueComment, payload));
  if (name === 'push') return ofPush(read(Push, payload));
  if (name === 'pull_request_target') {
    throw new ContinuumError(
      'FORBIDDEN',
      'a review under pull_request_target would give a fork a token that may write',
      {
        next: 'Use `on: pull_request`: forks are reviewed too, into SARIF and the summary of the step.',
      },
    );
  }
  throw new ContinuumError('INVALID_INPUT', `${JSON.stringify(name)} is no event that is reviewed`, {
    next: 'Run it on pull_request, pull_request_review_comment, issue_comment or push.',
  });
}

function ofPullRequest({ repository, pull_request: pull }: z.output<typeof PullRequest>): Subject {
  const repo = repository.full_name;
  const fork = pull.head.repo?.full_name !== repo;
  const { number: pr, title } = pull;
  return {
    kind: 'pull-request',
    repo,
    pr,
    title,
    base: pull.base.sha,
    baseRef: pull.base.ref,
    head: pull.head.sha,
    fork,
  };
}

function ofComment({ repository, issue }: z.output<typeof IssueComment>): Subject | undefined {
  const isPull = issue.pull_request !== undefined && issue.pull_request !== null;
  return isPull ? { kind: 'comment', repo: repository.full_name, pr: issue.number } : undefined;
}

function ofPush({ repository, before, after, deleted }: z.output<typeof Push>): Subject | undefined {
  if (deleted || /^0+$/.test(before)) return undefined;
  return { kind: 'push', repo: repository.full_name, base: before, head: after };
}

function read<T extends z.ZodType>(schema: T, payload: unknown): z.output<T> {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`);
  throw new ContinuumError('INVALID_INPUT', `the event is not what GitHub sends: ${problems.join('; ')}`);
}
