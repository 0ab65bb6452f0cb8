import { z } from 'zod';
import { Id, Moment, Repository, User } from '../schemas.ts';
import { type GithubAuthor, toAuthor } from './author.ts';

/** Somebody opened, changed, closed or removed an issue. */
export interface IssueEvent {
  readonly kind: 'issue';
  readonly action: (typeof ISSUE_ACTIONS)[number];
  readonly repo: string;
  readonly number: number;
  readonly title: string;
  /** Untrusted text; empty when there is none. */
  readonly body: string;
  readonly state: string;
  readonly labels: readonly string[];
  readonly url: string;
  readonly author: GithubAuthor;
  readonly sender: GithubAuthor;
  /** ISO 8601. */
  readonly at: string;
}

const ISSUE_ACTIONS = ['opened', 'edited', 'closed', 'reopened', 'deleted'] as const;

export const IssuePayload = z.object({
  action: z.enum(ISSUE_ACTIONS),
  issue: z.object({
    number: Id,
    title: z.string(),
    body: z.string().nullish(),
    state: z.string().default('open'),
    labels: z.array(z.object({ name: z.string() })).default([]),
    html_url: z.string(),
    updated_at: Moment,
    user: User,
  }),
  repository: Repository,
  sender: User,
});

/** An issue as it stands after what happened. */
export function toIssueEvent({ action, issue, repository, sender }: z.output<typeof IssuePayload>): IssueEvent {
  return {
    kind: 'issue',
    action,
    repo: repository.full_name,
    number: issue.number,
    title: issue.title,
    body: issue.body ?? '',
    state: issue.state,
    labels: issue.labels.map(({ name }) => name),
    url: issue.html_url,
    author: toAuthor(issue.user),
    sender: toAuthor(sender),
    at: issue.updated_at,
  };
}
