import { z } from 'zod';
import { Id, Moment, Repository, User } from '../schemas.ts';
import { type GithubAuthor, toAuthor } from './author.ts';

interface Run {
  readonly repo: string;
  readonly externalId: string;
  /** Name of the check or workflow. */
  readonly name: string;
  /** Commit that was looked at. */
  readonly head: string;
  readonly status: string;
  /** Absent until it is completed. */
  readonly conclusion?: string;
  readonly url: string;
  /** Pull requests of this repository with that head; GitHub names none for forks. */
  readonly prs: readonly number[];
  readonly sender: GithubAuthor;
}

/** Something happened to one check of a commit. */
export interface CheckRunEvent extends Run {
  readonly kind: 'check_run';
  readonly action: 'created' | 'completed' | 'rerequested' | 'requested_action';
  /** What its maker calls it (`external_id`); empty when it says nothing. */
  readonly reference: string;
  /** Slug of the App that made it. */
  readonly app: string;
  /** Untrusted text; empty when there is none. */
  readonly title: string;
  readonly summary: string;
  /** ISO 8601; absent in checks that never began. */
  readonly at?: string;
}

/** Something happened to a run of GitHub Actions. */
export interface WorkflowRunEvent extends Run {
  readonly kind: 'workflow_run';
  readonly action: 'requested' | 'in_progress' | 'completed';
  readonly branch: string;
  /** From 1, one more each time it is run again. */
  readonly attempt: number;
  /** ISO 8601. */
  readonly at: string;
}

const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? '');
const PullRequests = z.array(z.object({ number: Id })).default([]);

export const CheckRunPayload = z.object({
  action: z.enum(['created', 'completed', 'rerequested', 'requested_action']),
  check_run: z.object({
    id: Id,
    name: z.string(),
    head_sha: z.string(),
    status: z.string(),
    conclusion: z.string().nullish(),
    external_id: Text,
    html_url: Text,
    started_at: Moment.nullish(),
    completed_at: Moment.nullish(),
    output: z.object({ title: Text, summary: Text }).nullish(),
    app: z.object({ slug: Text }).nullish(),
    pull_requests: PullRequests,
  }),
  repository: Repository,
  sender: User,
});

export const WorkflowRunPayload = z.object({
  action: z.enum(['requested', 'in_progress', 'completed']),
  workflow_run: z.object({
    id: Id,
    name: Text,
    head_sha: z.string(),
    head_branch: Text,
    status: Text,
    conclusion: z.string().nullish(),
    run_attempt: z.number().int().positive().default(1),
    html_url: z.string(),
    updated_at: Moment,
    pull_requests: PullRequests,
  }),
  repository: Repository,
  sender: User,
});

/** A check run by its commit, its name and what became of it. */
export function toCheckRunEvent({
  action,
  check_run: run,
  repository,
  sender,
}: z.output<typeof CheckRunPayload>): CheckRunEvent {
  const at = run.completed_at ?? run.started_at;
  return {
    kind: 'check_run',
    action,
    ...toRun(run, repository.full_name, toAuthor(sender)),
    reference: run.external_id,
    app: run.app?.slug ?? '',
    title: run.output?.title ?? '',
    summary: run.output?.summary ?? '',
    ...(typeof at === 'string' ? { at } : {}),
  };
}

/** A run of a workflow by its commit, its name and what became of it. */
export function toWorkflowRunEvent({
  action,
  workflow_run: run,
  repository,
  sender,
}: z.output<typeof WorkflowRunPayload>): WorkflowRunEvent {
  return {
    kind: 'workflow_run',
    action,
    ...toRun(run, repository.full_name, toAuthor(sender)),
    branch: run.head_branch,
    attempt: run.run_attempt,
    at: run.updated_at,
  };
}

type AnyRun = z.output<typeof CheckRunPayload>['check_run'] | z.output<typeof WorkflowRunPayload>['workflow_run'];

function toRun(run: AnyRun, repo: string, sender: GithubAuthor): Run {
  return {
    repo,
    externalId: String(run.id),
    name: run.name,
    head: run.head_sha,
    status: run.status,
    ...(typeof run.conclusion === 'string' ? { conclusion: run.conclusion } : {}),
    url: run.html_url,
    prs: run.pull_requests.map(({ number }) => number),
    sender,
  };
}
